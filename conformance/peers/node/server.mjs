// A right server of all profiles of Roomwire 1, written from docs/spec alone. See README.md.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { Connection, connected } from './connection.mjs';
import { ANNOUNCEMENT } from './frames.mjs';
import { answer } from './history.mjs';
import { DRAIN_MS, LIMITS } from './limits.mjs';
import { state } from './rooms.mjs';

const { values, positionals } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true });

const server = createServer( // ws itself has no clock for an opening handshake that does not end (SEC-8)
  { headersTimeout: LIMITS.authTimeoutMs, requestTimeout: LIMITS.authTimeoutMs, connectionsCheckingInterval: 1000 },
  (request, response) => answer(request, response).catch(() => response.destroy()),
);
const sockets = new WebSocketServer({
  server,
  WebSocket: Connection,
  closeTimeout: 5000,
  maxPayload: LIMITS.maxMessageBytes,
  maxFragments: 0, // ws would stop at 16384, but every byte of a message may be a fragment (WS-8)
  autoPong: false, // ws would end a client for a burst of 60 pings (WS-14), and let pongs wait without end (LIMIT-10)
  handleProtocols: (offered) => offered.has('roomwire.v1') && 'roomwire.v1',
  verifyClient: ({ req }, done) => done(req.headers['sec-websocket-version'] === '13', 426), // ws takes 8 as well
});
sockets.on('connection', connected);

function drain() {
  if (state.isDraining) return;
  state.isDraining = true;
  server.close(); // with the last connection the process ends by itself
  for (const conn of sockets.clients) if (conn.user !== undefined) conn.deliver(ANNOUNCEMENT);
  setTimeout(() => {
    server.closeAllConnections(); // those still before the end of their opening handshake
    for (const conn of sockets.clients) conn.end(4202);
  }, DRAIN_MS);
}
process.once('SIGTERM', drain).once('SIGINT', drain);
server.on('listening', () => console.log(`Listening on ws://127.0.0.1:${server.address().port}/`));
server.listen(Number(values.port ?? positionals[0] ?? process.env.PORT ?? 0), '127.0.0.1');
