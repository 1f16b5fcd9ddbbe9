// A right server of profile core, written from docs/spec alone. The ids in comments name requirements there.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const { env } = process;
const limits = {
  heartbeatTimeoutMs: Number(env.ROOMWIRE_HEARTBEAT_TIMEOUT_MS || 15000),
  authTimeoutMs: Number(env.ROOMWIRE_AUTH_TIMEOUT_MS || 10000),
  maxMessageBytes: 65536, maxTopics: 64, maxQueueBytes: 1048576,
};
const isLimit = (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31; // setTimeout waits no longer
if (!Object.values(limits).every(isLimit)) throw new RangeError('a timeout in the environment is not milliseconds');
const DRAIN_MS = 1000; // from the announcement to the close
const [HEARTBEAT, CHAT, JOIN, LEAVE] = [1, 2, 3, 6];
const STATUS = {
  malformed_envelope: 400, unauthenticated: 401, wrong_user: 403, unknown_type: 501, invalid_payload: 422,
  too_many_topics: 403, not_joined: 403, wrong_author: 403, unavailable: 503,
};
// The types of a chat, and the strings that must be in the JSON that its content is (CHAT-12).
const CONTENT = new Map([['message', []], ['question', ['content']], ['answer', ['question', 'answer']]]);
const rooms = new Map(); // topic to { epoch, seq, members }, for the topics that have members
let draining = false;

// Under the flag u, regular expressions count code points, not UTF-16 units (ENV-5).
const isString = (value) => typeof value === 'string';
const isName = (value) => isString(value) && /^\P{Cc}{1,128}$/u.test(value); // a topic or a user
const isId = (value) => isString(value) && /^.{1,64}$/su.test(value);
// A default stands in for a member that is not there, but not for a null, which is refused (ERR-12).
const hasGoodLooks = ({ displayName = '', avatarurl = '' }) => isString(displayName) && isString(avatarurl)
  && /^.{0,64}$/su.test(displayName) && /^.{0,512}$/su.test(avatarurl);

function isChat(chat) {
  const { type, user, content, stream = '', createdat = '' } = chat;
  return isName(user) && [content, stream, createdat].every(isString) && hasGoodLooks(chat) && CONTENT.has(type)
    && CONTENT.get(type).every((name) => isString(parse(content, 32)?.[name]));
}

const isDeeper = (value, levels) => levels !== undefined && Object(value) === value
  && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

// Objects only. Inside an envelope, 32 levels (ENV-7): a deeper payLoad names no topic to put on an error (ERR-16).
function parse(text, levels) {
  try {
    const value = isString(text) && JSON.parse(text);
    return Object(value) === value && !Array.isArray(value) && !isDeeper(value, levels) ? value : undefined;
  } catch {
    return undefined;
  }
}

// As bytes: of a string that waits, `bufferedAmount` would count the UTF-16 units (LIMIT-10).
const encode = (frame) => Buffer.from(JSON.stringify(frame));
const ANNOUNCEMENT = encode({ type: 4, code: 203, data: JSON.stringify({ data: { reconnectAfterMs: DRAIN_MS } }) });

function deliver(conn, bytes, send = () => conn.send(bytes, { binary: false })) {
  if (conn.readyState !== WebSocket.OPEN) return;
  if (conn.bufferedAmount + bytes.length > limits.maxQueueBytes) end(conn, 4101);
  else send();
}

function end(conn, code) {
  for (const topic of conn.topics) leave(conn, topic);
  conn.close(code);
  conn.watch(); // which finds it closed, and stops
}

function leave(conn, topic) {
  if (!conn.topics.delete(topic)) return;
  const { members } = rooms.get(topic);
  members.delete(conn);
  if (members.size === 0) rooms.delete(topic); // its next life has another epoch (ROOM-9)
}

// Why a frame of type 2, 3 or 6 is refused, in the order of the table of errors (ERR-6).
function faultOf(conn, type, topic, request) {
  if (topic === undefined) return 'invalid_payload';
  const isJoined = conn.topics.has(topic);
  if (type === JOIN) {
    if (!hasGoodLooks(request)) return 'invalid_payload';
    if (!isJoined && conn.topics.size >= limits.maxTopics) return 'too_many_topics';
  }
  if (type === CHAT) {
    const chat = parse(request.chatInfo, 32);
    if (chat === undefined || !isChat(chat)) return 'invalid_payload';
    if (!isJoined) return 'not_joined';
    if (chat.user !== conn.user) return 'wrong_author';
  }
  return draining && type !== LEAVE ? 'unavailable' : undefined;
}

// Nothing in here waits, so frames are handled, and their answers sent, in the order in which they came (ORD-8).
function receive(conn, text) {
  const { token, payLoad, type: anyType, id: anyId } = parse(text) ?? {};
  const type = Number.isSafeInteger(anyType) ? anyType : undefined;
  const id = isId(anyId) ? anyId : undefined; // what is undefined does not become JSON (ENV-10)
  const answer = (code, data, topic) => deliver(conn, encode({ type: type ?? 0, code, data, id, topic }));
  const refuse = (reason, topic) => answer(STATUS[reason], JSON.stringify({ reason }), topic);

  if (type === undefined || ![token, payLoad].every(isString) || anyId !== id) return refuse('malformed_envelope');
  if (!isName(token)) return refuse('unauthenticated'); // the text of a token is its user (ERR-9)
  if (conn.user !== undefined && conn.user !== token) return refuse('wrong_user');
  if (![HEARTBEAT, CHAT, JOIN, LEAVE].includes(type)) return refuse('unknown_type');
  const request = type === HEARTBEAT ? {} : parse(payLoad, 32);
  const topic = isName(request?.topic) ? request.topic : undefined;
  const reason = type === HEARTBEAT ? undefined : faultOf(conn, type, topic, request);
  if (reason !== undefined) return refuse(reason, topic);

  if (conn.user === undefined) { // only now, as a refused frame settles no user (ERR-7)
    conn.user = token;
    conn.watch();
    if (draining) deliver(conn, ANNOUNCEMENT);
  }
  if (type === HEARTBEAT) return answer(100, '');
  if (type === LEAVE) {
    leave(conn, topic);
    return answer(204, JSON.stringify({ topic }));
  }
  const room = rooms.get(topic) ?? { epoch: randomUUID(), seq: 0, members: new Set() };
  if (type === JOIN) {
    rooms.set(topic, room);
    room.members.add(conn);
    conn.topics.add(topic);
    const { epoch, seq } = room;
    return answer(201, JSON.stringify({ topic, user: token, epoch, seq, version: 1, profiles: ['core'], limits }));
  }
  room.seq += 1;
  const copy = encode({ type, code: 200, data: request.chatInfo, id, topic, seq: room.seq, at: Date.now() });
  for (const member of room.members) deliver(member, copy);
}

function connected(conn, { socket }) {
  const opened = performance.now();
  let [heard, timer] = [opened];
  conn.watch = () => {
    clearTimeout(timer);
    if (conn.readyState !== WebSocket.OPEN) return;
    const isSettled = conn.user !== undefined;
    const due = isSettled ? heard + limits.heartbeatTimeoutMs : opened + limits.authTimeoutMs;
    const left = due - performance.now();
    if (left <= 0) end(conn, isSettled ? 4201 : 4001);
    // setImmediate, so that after a stall all that has come is read before anybody is found silent.
    else timer = setTimeout(setImmediate, left, conn.watch);
  };
  conn.watch();
  // Any WebSocket frame counts, be it a fragment (LIMIT-3); before ws emits it, so that `watch` finds it counted.
  socket.prependListener('data', () => { heard = performance.now(); });
  conn.on('message', (bytes, isBinary) => {
    if (conn.readyState !== WebSocket.OPEN) return; // it came behind our own close frame
    if (isBinary) return end(conn, 1003);
    try {
      receive(conn, bytes.toString());
    } catch {
      end(conn, 1011); // our own fault, kept from the others (ISO-6) and from the log, as it may quote people (SEC-4)
    }
  });
  conn.on('ping', (bytes) => deliver(conn, bytes, () => conn.pong(bytes)));
  conn.on('error', () => end(conn)); // ws itself has sent 1002, 1007 or 1009
  conn.on('close', () => end(conn));
}

class Connection extends WebSocket {
  user = undefined; // until its first accepted frame
  topics = new Set();

  // ws gives a client's close code back, but one outside of the bands is not ours to send (LIMIT-14).
  close(code, reason) {
    super.close(code >= 4300 ? 1000 : code, reason);
  }
}

const server = createServer( // ws itself has no clock for an opening handshake that does not end (SEC-8)
  { headersTimeout: limits.authTimeoutMs, requestTimeout: limits.authTimeoutMs, connectionsCheckingInterval: 1000 },
  (request, response) => response.writeHead(426, { Connection: 'close' }).end(),
);
const sockets = new WebSocketServer({
  server,
  WebSocket: Connection,
  closeTimeout: 5000,
  maxPayload: limits.maxMessageBytes,
  maxFragments: 0, // ws would stop at 16384, but every byte of a message may be a fragment (WS-8)
  autoPong: false, // ws would end a client for a burst of 60 pings (WS-14), and let pongs wait without end (LIMIT-10)
  handleProtocols: (offered) => offered.has('roomwire.v1') && 'roomwire.v1',
  verifyClient: ({ req }, done) => done(req.headers['sec-websocket-version'] === '13', 426), // ws takes 8 as well
});
sockets.on('connection', connected);

function drain() {
  if (draining) return;
  draining = true;
  server.close(); // with the last connection the process ends by itself
  for (const conn of sockets.clients) if (conn.user !== undefined) deliver(conn, ANNOUNCEMENT);
  setTimeout(() => {
    server.closeAllConnections(); // those still before the end of their opening handshake
    for (const conn of sockets.clients) end(conn, 4202);
  }, DRAIN_MS);
}
process.once('SIGTERM', drain).once('SIGINT', drain);
server.on('listening', () => console.log(`Listening on ws://127.0.0.1:${server.address().port}/`));
server.listen(Number(process.argv[2] ?? env.PORT), '127.0.0.1');
