// What a connection's frames do: which are refused, and what becomes of the others.
import { ANNOUNCEMENT, encode } from './frames.mjs';
import { LIMITS } from './limits.mjs';
import { isChat, isId, isJoin, isName, isNotice, isString, parse } from './payloads.mjs';
import { answerList, join, leave, rooms, saidBefore, say, state, waitFor } from './rooms.mjs';

const [HEARTBEAT, CHAT, JOIN, NOTICE, USER_LIST, LEAVE] = [1, 2, 3, 4, 5, 6];
const CODES = {
  malformed_envelope: 400, unauthenticated: 401, wrong_user: 403, unknown_type: 501, invalid_payload: 422,
  too_many_topics: 403, not_joined: 403, wrong_author: 403, no_such_member: 404, rate_limited: 429, unavailable: 503,
};

// Nothing in here waits, so frames are handled, and their answers sent, in the order in which they came (ORD-8).
export function receive(conn, text) {
  const { token, payLoad, type: anyType, id: anyId } = parse(text) ?? {};
  const type = Number.isSafeInteger(anyType) ? anyType : undefined;
  const id = isId(anyId) ? anyId : undefined; // what is undefined does not become JSON (ENV-10)
  const answer = (code, data, topic) => conn.deliver(encode({ type: type ?? 0, code, data, id, topic }));
  const refuse = (reason, topic, more) => answer(CODES[reason], JSON.stringify({ reason, ...more }), topic);

  if (type === undefined || ![token, payLoad].every(isString) || anyId !== id) return refuse('malformed_envelope');
  if (!isName(token)) return refuse('unauthenticated'); // the text of a token is its user (ERR-9)
  if (conn.user !== undefined && conn.user !== token) return refuse('wrong_user');
  if (type < HEARTBEAT || type > LEAVE) return refuse('unknown_type');
  const request = type === HEARTBEAT ? {} : parse(payLoad, 32);
  const topic = isName(request?.topic) ? request.topic : undefined;
  const chat = type === CHAT ? parse(request?.chatInfo, 32) : undefined;
  const reason = type === HEARTBEAT ? undefined : faultOf(conn, type, topic, request, chat);
  if (reason !== undefined) return refuse(reason, topic);

  const room = rooms.get(topic);
  const first = type === CHAT ? saidBefore(room, token, id) : undefined;
  const retryAfterMs = type === CHAT && first === undefined && id !== undefined ? waitFor(room) : 0;
  if (retryAfterMs > 0) return refuse('rate_limited', topic, { retryAfterMs });

  if (conn.user === undefined) { // only now, as a refused frame settles no user (ERR-7)
    conn.user = token;
    conn.watch();
    if (state.isDraining) conn.deliver(ANNOUNCEMENT);
  }
  if (type === HEARTBEAT) return answer(100, '');
  if (type === JOIN) return join(conn, request, id);
  if (type === USER_LIST) return answerList(conn, topic, id);
  if (type === LEAVE) {
    leave(conn, topic);
    return answer(204, JSON.stringify({ topic }));
  }
  if (type === NOTICE) {
    const { to, data } = request;
    answer(202, JSON.stringify({ topic, to })); // before the 203 of one to oneself (NOTE-9)
    const notice = encode({ type, code: 203, data: JSON.stringify({ topic, from: token, data }) });
    for (const member of [...room.members.keys()]) if (member.user === to) member.deliver(notice);
    return;
  }
  if (first !== undefined) return conn.deliver(first); // to this connection alone (RES-13, RES-14)
  say(room, token, chat, request.chatInfo, id);
}

// Why a frame of type 2 to 6 is refused, in the order of the table of errors (ERR-6).
function faultOf(conn, type, topic, request, chat) {
  if (topic === undefined) return 'invalid_payload';
  if (type === JOIN && !isJoin(request)) return 'invalid_payload';
  if (type === CHAT && !isChat(chat)) return 'invalid_payload';
  if (type === NOTICE && !isNotice(request)) return 'invalid_payload';
  const isJoined = conn.topics.has(topic);
  if (type === JOIN && !isJoined && conn.topics.size >= LIMITS.maxTopics) return 'too_many_topics';
  if ([CHAT, NOTICE, USER_LIST].includes(type) && !isJoined) return 'not_joined';
  if (type === CHAT && chat.user !== conn.user) return 'wrong_author';
  if (type === NOTICE && !rooms.get(topic).users.has(request.to)) return 'no_such_member';
  return state.isDraining && [CHAT, JOIN, NOTICE].includes(type) ? 'unavailable' : undefined;
}
