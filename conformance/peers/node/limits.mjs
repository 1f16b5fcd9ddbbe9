// What this server keeps to, and tells in each 201. The ids in comments name requirements of docs/spec.
const { env } = process;

export const LIMITS = {
  heartbeatTimeoutMs: Number(env.ROOMWIRE_HEARTBEAT_TIMEOUT_MS || 15000),
  authTimeoutMs: Number(env.ROOMWIRE_AUTH_TIMEOUT_MS || 10000),
  maxMessageBytes: 65536,
  maxTopics: 64,
  maxQueueBytes: 1048576,
  presenceGraceMs: 0,
  rosterMax: 200,
};
const { presenceGraceMs, ...positive } = LIMITS;
const isLimit = (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31; // setTimeout waits no longer
if (!Object.values(positive).every(isLimit)) throw new RangeError('a timeout in the environment is not milliseconds');

export const PROFILES = ['core', 'presence', 'notice', 'resume', 'history'];
export const DRAIN_MS = 1000; // from the announcement to the close
export const CHANGES_MS = 50; // how long changes of a list are collected, so that a crowd shares a frame (PRES-14)

// What is kept has an end. The first two are more than a server has to keep (RES-11, HIST-17).
export const MISSED_MAX = 128; // chats of a topic that can be replayed
export const KEPT_MAX = 500; // chats of a stream that can be read
export const STREAMS_MAX = 1000;
export const REMEMBERED_MS = 300_000; // how long an id counts (RES-12)
export const REMEMBERED_BYTES = 2 ** 26; // of chats with ids, in a topic; beyond, 429 until the oldest are let go
