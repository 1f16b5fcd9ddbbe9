// One WebSocket: what may wait for it, when it is given up, and how it ends.
import { WebSocket } from 'ws';
import { LIMITS } from './limits.mjs';
import { leave } from './rooms.mjs';
import { receive } from './session.mjs';

export class Connection extends WebSocket {
  user = undefined; // until its first accepted frame
  topics = new Set();

  // Sends a frame, or whatever `send` sends of this size, unless too much waits already (LIMIT-10).
  deliver(bytes, send = () => this.send(bytes, { binary: false })) {
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.bufferedAmount + bytes.length > LIMITS.maxQueueBytes) this.end(4101);
    else send();
  }

  end(code) {
    this.close(code);
    this.watch(); // which finds it closed, and stops
  }

  // ws calls this as well, with the code of a client's close frame; one outside of the bands is not ours to send
  // (LIMIT-14). From here on nobody is in a room by this connection, however long its TCP takes to end.
  close(code, reason) {
    for (const topic of this.topics) leave(this, topic);
    super.close(code >= 4300 ? 1000 : code, reason);
  }
}

export function connected(conn, { socket }) {
  const opened = performance.now();
  let [heard, timer] = [opened];
  conn.watch = () => {
    clearTimeout(timer);
    if (conn.readyState !== WebSocket.OPEN) return;
    const isSettled = conn.user !== undefined;
    const due = isSettled ? heard + LIMITS.heartbeatTimeoutMs : opened + LIMITS.authTimeoutMs;
    const left = due - performance.now();
    if (left <= 0) conn.end(isSettled ? 4201 : 4001);
    // setImmediate, so that after a stall all that has come is read before anybody is found silent.
    else timer = setTimeout(setImmediate, left, conn.watch);
  };
  conn.watch();
  // Any WebSocket frame counts, be it a fragment (LIMIT-3); before ws emits it, so that `watch` finds it counted.
  socket.prependListener('data', () => { heard = performance.now(); });
  conn.on('message', (bytes, isBinary) => {
    if (conn.readyState !== WebSocket.OPEN) return; // it came behind our own close frame
    if (isBinary) return conn.end(1003);
    try {
      receive(conn, bytes.toString());
    } catch {
      conn.end(1011); // our own fault, kept from the others (ISO-6) and from the log, as it may quote people (SEC-4)
    }
  });
  conn.on('ping', (bytes) => conn.deliver(bytes, () => conn.pong(bytes)));
  conn.on('error', () => conn.end()); // ws itself has sent 1002, 1007 or 1009
  conn.on('close', () => conn.end());
}
