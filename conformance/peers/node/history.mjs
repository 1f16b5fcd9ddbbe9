// The two HTTP requests of chapter 14.
import { DRAIN_MS, LIMITS } from './limits.mjs';
import { CONTENT, isName, isString, parse } from './payloads.mjs';
import { rooms, say, state, topicsOf } from './rooms.mjs';
import { pageOf } from './streams.mjs';

class Refusal extends Error {
  constructor(code, reason, more) {
    super(reason);
    Object.assign(this, { code, data: { reason, ...more } });
  }
}
const invalid = (message) => new Refusal(422, 'invalid_payload', { message });

const REQUESTS = new Map([['GET /api/message/chatmsg', read], ['POST /api/question/add', ask]]);

export async function answer(request, response) {
  const [path, ...query] = request.url.split('?');
  const handle = REQUESTS.get(`${request.method} ${path}`);
  if (handle === undefined) return end(response, 426, 'text/plain', 'Here is a WebSocket, at any path.\n');
  const body = await collect(request);
  if (body === undefined) return end(response, 413, 'text/plain', 'That is too much.\n');
  let [code, data] = [200];
  try {
    data = handle(userOf(request), query.join('?'), body);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    ({ code, data } = refusal);
  }
  end(response, code, 'application/json', JSON.stringify({ code, data }));
}

function end(response, status, type, text) {
  const headers = { 'Content-Type': type, ...(status < 423 && status !== 413 ? {} : { Connection: 'close' }) };
  response.writeHead(status, headers).end(text);
}

async function collect(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > LIMITS.maxMessageBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

// The text of a token is its user. Node reads headers as Latin-1, and we as UTF-8.
function userOf({ headers: { authorization = '' } }) {
  const user = decode(Buffer.from(authorization.trim(), 'latin1'));
  if (!isName(user)) throw new Refusal(401, 'unauthenticated');
  return user;
}

function decode(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const integer = (text, most) => (/^\d+$/.test(text) && Number(text) <= most ? Number(text) : 0);

function read(_, query) {
  const parameters = new URLSearchParams(query);
  const get = (name, usual) => parameters.get(name) ?? usual;
  const [stream, type] = [get('stream', ''), get('type', '')];
  const [page, resultsPerPage] = [integer(get('page', '1'), Number.MAX_SAFE_INTEGER), integer(get('resultsPerPage', '50'), 1000)];
  if (stream === '') throw invalid('stream is missing');
  if (page === 0) throw invalid('page is an integer from 1');
  if (resultsPerPage === 0) throw invalid('resultsPerPage is an integer from 1 to 1000');
  if (type !== '' && !CONTENT.has(type)) throw invalid('type is message, question, answer or empty');
  return pageOf(stream, type, page, resultsPerPage);
}

function ask(user, _, body) {
  const { content, streamId, topic: named } = parse(decode(body)) ?? {};
  if (!isString(content) || !isString(streamId)) throw invalid('the body is JSON with the strings content and streamId');
  if (named !== undefined && !isName(named)) throw invalid('topic is not a topic');
  const topics = topicsOf(user);
  if (named === undefined && topics.length > 1) throw invalid('you are in several rooms: name one');
  const topic = named ?? topics[0];
  if (!topics.includes(topic)) throw new Refusal(403, 'not_joined');
  if (state.isDraining) throw new Refusal(503, 'unavailable', { retryAfterMs: DRAIN_MS });
  const room = rooms.get(topic);
  const chat = { user, stream: streamId, content: JSON.stringify({ content }), type: 'question' };
  say(room, user, chat, JSON.stringify(chat));
  return { topic, seq: room.seq };
}
