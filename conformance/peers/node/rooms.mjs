// Who is in which room, and what was said there. It delivers to connections, and knows nothing of their sockets.
import { randomUUID } from 'node:crypto';
import { encode } from './frames.mjs';
import { CHANGES_MS, LIMITS, MISSED_MAX, PROFILES, REMEMBERED_BYTES, REMEMBERED_MS } from './limits.mjs';
import { keep } from './streams.mjs';

export const rooms = new Map(); // by topic, those that have members
export const state = { isDraining: false };

// One life of a topic (ROOM-9). It ends with the last member.
class Room {
  epoch = randomUUID();
  seq = 0;
  members = new Map(); // by connection: how many of the `changes` it knows already, by its list or because it was told
  users = new Map(); // by user: how many connections, and what the latest join wants to be shown as
  missed = []; // the encoded chats up to the one that has the number `seq`
  said = new Map(); // by user and id: the encoded chat, and when it was said (RES-12)
  saidBytes = 0;
  changes = []; // of the list, that not everybody was told of yet

  constructor(topic) {
    this.topic = topic;
  }
}

export const topicsOf = (user) => [...rooms.values()].filter(({ users }) => users.has(user)).map(({ topic }) => topic);

export function join(conn, { topic, displayName, avatarurl, since }, id) {
  const room = rooms.get(topic) ?? new Room(topic);
  if (conn.topics.has(topic)) tellChanges(room, conn); // before the 201, as nothing may come between it and the 205
  if (conn.readyState !== conn.OPEN) return; // that was one frame too many for a connection that does not read
  const isJoined = conn.topics.has(topic);
  const user = { connections: 0, ...room.users.get(conn.user), looks: { displayName, avatarurl } };
  if (!isJoined) {
    rooms.set(topic, room);
    room.members.set(conn, 0);
    conn.topics.add(topic);
    user.connections += 1;
  }
  room.users.set(conn.user, user);
  const { epoch, seq } = room;
  const missed = isJoined ? undefined : missedSince(room, since); // RES-10
  // All or none; and rather none than a connection that is ended for what waits for it.
  const size = missed?.reduce((sum, bytes) => sum + bytes.length, conn.bufferedAmount);
  const recovered = missed !== undefined && size <= LIMITS.maxQueueBytes - 65536;
  const joined = { topic, user: conn.user, epoch, seq, recovered, version: 1, profiles: PROFILES, limits: LIMITS };
  conn.deliver(encode({ type: 3, code: 201, data: JSON.stringify(joined), id }));
  sendList(conn, topic);
  if (recovered) for (const bytes of missed) conn.deliver(bytes);
  if (!isJoined && user.connections === 1) change(room, 'joined', conn.user);
  if (room.members.has(conn)) room.members.set(conn, room.changes.length); // its 205 shows all of them, itself included
}

export function leave(conn, topic) {
  if (!conn.topics.delete(topic)) return;
  const room = rooms.get(topic);
  room.members.delete(conn);
  const user = room.users.get(conn.user);
  user.connections -= 1;
  if (user.connections > 0) return;
  room.users.delete(conn.user);
  if (room.members.size === 0) rooms.delete(topic); // its next life has another epoch (ROOM-9)
  else change(room, 'left', conn.user);
}

const entryOf = ([user, { looks }]) => ({ user, ...looks }); // what is undefined does not become JSON

// The answer to whoever asks for the list. It hears first of the changes that it was not told of yet: so a 206 never
// tells of what was before the list that it is applied to, and has the count of what becomes of that list (PRES-22).
export function answerList(conn, topic, id) {
  tellChanges(rooms.get(topic), conn);
  sendList(conn, topic, id);
}

function sendList(conn, topic, id) {
  const room = rooms.get(topic);
  if (room === undefined) return; // what came before was one frame too many for a connection that does not read
  const { users: { size: count } } = room;
  const users = [...room.users].slice(0, LIMITS.rosterMax).map(entryOf);
  const truncated = users.length < count || undefined;
  conn.deliver(encode({ type: 5, code: 205, data: JSON.stringify({ topic, count, users, truncated }), id }));
}

// Whoever applies changes in the order in which they were made ends with the right list (PRES-17).
function change(room, kind, name) {
  const entry = kind === 'joined' ? entryOf([name, room.users.get(name)]) : { user: name };
  room.changes.push({ kind, entry, count: room.users.size });
  if (room.changes.length === 1) setTimeout(tellEverybody, CHANGES_MS, room);
}

function tellEverybody(room) {
  const frames = new Map(); // by the number of changes that are known already: most know none, and get the same bytes
  const { changes } = room;
  const known = [...room.members];
  // From here on whoever does not read, and is ended by what it is told, leaves by a change of the next round.
  room.changes = [];
  for (const conn of room.members.keys()) room.members.set(conn, 0);
  for (const [conn, count] of known) {
    if (!frames.has(count)) frames.set(count, framesOf(room, changes.slice(count)));
    for (const bytes of frames.get(count)) conn.deliver(bytes);
  }
}

// Tells one connection what all are told of later.
function tellChanges(room, conn) {
  const untold = room.changes.slice(room.members.get(conn));
  room.members.set(conn, room.changes.length);
  for (const bytes of framesOf(room, untold)) conn.deliver(bytes);
}

function framesOf({ topic }, changes) {
  return runsOf(changes).map((told) => {
    const { kind, count } = told.at(-1); // which is the count once all of this run is applied (PRES-22)
    return encode({
      type: 5, code: 206, data: JSON.stringify({ topic, count, [kind]: told.map(({ entry }) => entry) }),
    });
  });
}

// Neighbours of one kind.
function runsOf(changes) {
  const runs = [];
  for (const each of changes) {
    if (runs.at(-1)?.[0].kind === each.kind) runs.at(-1).push(each);
    else runs.push([each]);
  }
  return runs;
}

export function say(room, user, chat, chatInfo, id) {
  room.seq += 1;
  const { topic, seq } = room;
  const at = Date.now();
  const bytes = encode({ type: 2, code: 200, data: chatInfo, id, topic, seq, at });
  room.missed.push(bytes);
  if (room.missed.length > MISSED_MAX) room.missed.shift();
  if (id !== undefined) {
    room.said.set(keyOf(user, id), { bytes, at: performance.now() });
    room.saidBytes += bytes.length;
  }
  keep(chat, { topic, seq, at });
  for (const member of [...room.members.keys()]) member.deliver(bytes);
}

const keyOf = (user, id) => JSON.stringify([user, id]);

// The first delivery of what would be a repeat (RES-13).
export function saidBefore(room, user, id) {
  for (const [key, { bytes, at }] of room.said) {
    if (at >= performance.now() - REMEMBERED_MS) break;
    room.said.delete(key);
    room.saidBytes -= bytes.length;
  }
  return id === undefined ? undefined : room.said.get(keyOf(user, id))?.bytes;
}

// How long until there is room for another id: 0, if there is.
export function waitFor(room) {
  if (room.saidBytes < REMEMBERED_BYTES) return 0;
  const [{ at }] = room.said.values();
  return Math.max(1, Math.ceil(at + REMEMBERED_MS - performance.now()));
}

// Undefined, where there would be a hole (RES-5, RES-6).
function missedSince({ epoch, seq, missed }, since) {
  const count = seq - since?.seq;
  return since?.epoch === epoch && count >= 0 && count <= missed.length ? missed.slice(missed.length - count) : undefined;
}
