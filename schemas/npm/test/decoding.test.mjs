// What decoding and encoding do that no vector speaks of: what is said of a fault, and what a later version sends.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  FrameError,
  fromJson,
  isRefusal,
  toJson,
} from 'roomwire-schemas';

import { namedSchemas, readDocuments } from '../build/documents.mjs';

const LEGACY_CHAT = String.raw`{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"displayName\\\":\\\"Ann\\\",\\\"avatarurl\\\":\\\"https://…\\\",\\\"stream\\\":\\\"s1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\",\\\"createdat\\\":\\\"2018-10-8 14:30\\\"}\"}"}`;

const LIMITS = {
  heartbeatTimeoutMs: 15000,
  authTimeoutMs: 10000,
  maxMessageBytes: 65536,
  maxTopics: 64,
  maxQueueBytes: 1048576,
};

/** A server frame as text; what is not a string is its JSON. */
function sent(type, code, data, rest = {}) {
  return JSON.stringify({ type, code, data: typeof data === 'string' ? data : JSON.stringify(data), ...rest });
}

function said(chatInfo) {
  return sent(2, 200, chatInfo, { topic: '8017', seq: 1, at: 1539009000000 });
}

test('a chat of the first clients is read to the bottom', () => {
  const chatInfo = {
    user: 'u1',
    displayName: 'Ann',
    avatarurl: 'https://…',
    stream: 's1',
    content: 'hi',
    type: 'message',
    createdat: '2018-10-8 14:30',
  };
  const frame = { token: 'u1', type: 2, payLoad: { topic: '8017', chatInfo } };
  assert.deepEqual(decodeClientFrame(LEGACY_CHAT), { outcome: 'frame', frame });
  assert.equal(encodeClientFrame(frame), LEGACY_CHAT);
});

test('a question and an answer are documents, not texts', () => {
  const question = { user: 'bob', type: 'question', content: { content: 'Why?' } };
  const answer = { user: 'ann', type: 'answer', content: { orgName: 'Org', question: 'Why?', answer: 'Because.' } };
  for (const chatInfo of [question, answer]) {
    const text = said({ ...chatInfo, content: JSON.stringify(chatInfo.content) });
    const decoding = decodeServerFrame(text);
    assert.deepEqual(decoding.frame.data, chatInfo);
    assert.equal(encodeServerFrame(decoding.frame), text);
  }
});

test('a fault says the layer, the place in it, what should be there and what is', () => {
  const client = (type, payLoad, rest = {}) =>
    decodeClientFrame(JSON.stringify({ token: 't-secret', type, payLoad: toJson(payLoad), ...rest }));
  const chat = (chatInfo) => client(2, { topic: '8017', chatInfo: toJson(chatInfo) });
  const whole = { topic: '8017', user: 'ann', epoch: 'e', seq: 0, version: 1 };
  const joined = (rest) => decodeServerFrame(sent(3, 201, { ...whole, ...rest }));
  for (const [{ fault }, message] of [
    [decodeClientFrame(''), 'envelope: expected JSON, found an empty string'],
    [decodeClientFrame('hello'), 'envelope: expected JSON, found a string that is not JSON'],
    [decodeClientFrame(new ArrayBuffer(8)), 'envelope: expected JSON in a string, found an object'],
    [decodeClientFrame('[]'), 'envelope: expected an object, found an empty array'],
    [decodeClientFrame('{}'), 'envelope at /token: expected a value, found nothing'],
    [
      decodeClientFrame('{"token":"","type":1,"payLoad":""}'),
      'envelope at /token: expected a string that is not empty, found an empty string',
    ],
    [client('1', ''), 'envelope at /type: expected an integer, found a string of 1 character'],
    [client(3.5, ''), 'envelope at /type: expected an integer, found 3.5'],
    [client(6, { topic: 't' }, { id: null }), 'envelope at /id: expected a string, found null'],
    [
      client(6, { topic: 't' }, { id: '🙂'.repeat(65) }),
      'envelope at /id: expected a string of at most 64 characters, found a string of 65 characters',
    ],
    [client(6, {}), 'payload at /topic: expected a value, found nothing'],
    [client(6, { topic: 'a\n' }), 'payload at /topic: expected no control characters, found a string of 2 characters'],
    [client(3, { topic: 't', since: { epoch: 'e', seq: -1 } }), 'payload at /since/seq: expected at least 0, found -1'],
    [client(3, { topic: 't', since: [] }), 'payload at /since: expected an object, found an empty array'],
    [client(4, { topic: 't', to: 'bob' }), 'payload at /data: expected a value, found nothing'],
    [client(2, { topic: 't', chatInfo: {} }), 'payload at /chatInfo: expected a string, found an object'],
    [chat({ user: 'u1', content: 'hi' }), 'chatInfo at /type: expected a value, found nothing'],
    [
      chat({ user: 'u1', content: 'hi', type: 'shout' }),
      'chatInfo at /type: expected "message", "question" or "answer", found a string of 5 characters',
    ],
    [
      chat({ user: 'u1', content: 'hi', type: 'toString' }),
      'chatInfo at /type: expected "message", "question" or "answer", found a string of 8 characters',
    ],
    [
      chat({ user: 'u1', content: 'Why?', type: 'question' }),
      'content: expected JSON, found a string that is not JSON',
    ],
    [
      chat({ user: 'u1', content: '{"question":"Why?"}', type: 'answer' }),
      'content at /answer: expected a value, found nothing',
    ],
    [decodeServerFrame(sent(1, 100, '{}')), 'envelope at /data: expected "", found a string of 2 characters'],
    [
      decodeServerFrame(sent(4, 203, { data: 1 }, { id: 'a' })),
      'envelope at /id: expected nothing here, found a string of 1 character',
    ],
    [decodeServerFrame(sent(4, 203, { from: 'ann', data: 1 })), 'data at /topic: expected a value, found nothing'],
    [decodeServerFrame(sent(4, 203, {})), 'data at /data: expected a value, found nothing'],
    [
      decodeServerFrame(sent(5, 206, { topic: 't', count: 1 })),
      'data: expected "joined" or "left", found none of them',
    ],
    [
      decodeServerFrame(sent(5, 206, { topic: 't', count: 1, joined: [] })),
      'data at /joined: expected an array that is not empty, found an empty array',
    ],
    [
      decodeServerFrame(sent(5, 206, { topic: 't', count: 1, left: [{}] })),
      'data at /left/0/user: expected a value, found nothing',
    ],
    [
      decodeServerFrame(sent(5, 206, { topic: 't', count: 1, left: [{ user: 'a' }], joined: [{ user: 'b' }] })),
      'data at /left: expected nothing here, found an array',
    ],
    [
      decodeServerFrame(sent(2, 429, { reason: 'rate_limited' })),
      'data at /retryAfterMs: expected a value, found nothing',
    ],
    [decodeServerFrame(sent(2, 403, {})), 'data at /reason: expected a value, found nothing'],
    [
      joined({ profiles: [], limits: LIMITS }),
      'data at /profiles: expected an array with "core" in it, found an empty array',
    ],
    [
      joined({ profiles: ['notice'], limits: LIMITS }),
      'data at /profiles: expected an array with "core" in it, found an array',
    ],
    [
      joined({ profiles: ['core', 'presence'], limits: LIMITS }),
      'data at /limits/presenceGraceMs: expected a value, found nothing',
    ],
    [
      joined({ profiles: ['notice'], limits: {} }),
      'data at /limits/heartbeatTimeoutMs: expected a value, found nothing',
    ],
  ]) {
    assert.equal(fault?.message, message);
    assert.doesNotMatch(message, /secret/);
  }
});

test('nothing but profiles must contain anything, as the words for it take for granted', () => {
  const found = [...namedSchemas(readDocuments())].filter(([, { contains }]) => contains !== undefined);
  assert.deepEqual(
    found.map(([name, { contains }]) => [name, contains]),
    [['Profiles', { const: 'core' }]],
  );
});

test('a fault has its parts by themselves', () => {
  const { fault } = decodeClientFrame('{"token":"t","type":6,"payLoad":"{\\"topic\\":8017}"}');
  const { message, ...parts } = fault;
  assert.deepEqual(parts, { layer: 'payload', pointer: '/topic', expected: 'a string', found: '8017' });
  assert.equal(message, 'payload at /topic: expected a string, found 8017');
});

test('what only a later version sends is unknown, not wrong', () => {
  for (const [text, refusal] of [
    [sent(9, 299, '{}'), false],
    [sent(1, 200, '{}'), false],
    [sent(2, 418, { reason: 'teapot' }, { id: 'a-1' }), true],
    [sent(2, 403, { reason: 'banned', until: 7 }, { id: 'a-1' }), true],
  ]) {
    const decoding = decodeServerFrame(text);
    assert.deepEqual(decoding, { outcome: 'unknown', envelope: JSON.parse(text) });
    assert.equal(isRefusal(decoding.envelope), refusal);
  }
  assert.equal(decodeClientFrame('{"token":"t","type":77,"payLoad":"not JSON"}').outcome, 'unknown');
});

test('what nobody can read is wrong, whatever version sent it', () => {
  assert.equal(decodeServerFrame('{"type":9,"code":299}').fault.pointer, '/data');
  assert.equal(decodeServerFrame('{"type":9,"code":299,"data":"","seq":"7"}').fault.pointer, '/seq');
});

test('what a server may have let pass is read, and not sent', () => {
  const content = { orgLogo: 7, question: 'Why?', answer: 'Because.' };
  const { frame } = decodeServerFrame(said({ user: 'u1', type: 'answer', content: JSON.stringify(content) }));
  assert.deepEqual(frame.data.content, content);
  const chat = { token: 't', type: 2, payLoad: { topic: '8017', chatInfo: { user: 'u1', type: 'answer', content } } };
  assert.throws(() => encodeClientFrame(chat), /content at \/orgLogo: expected a string, found 7/);
});

test('a code is a refusal from 400 to 599', () => {
  const codes = [100, 206, 399, 400, 599, 600];
  assert.deepEqual(
    codes.filter((code) => isRefusal({ code })),
    [400, 599],
  );
});

test('a refusal is told from the rest', () => {
  const refused = decodeServerFrame(
    sent(2, 429, { reason: 'rate_limited', retryAfterMs: 800 }, { id: 'a', topic: 't' }),
  );
  assert.equal(isRefusal(refused.frame), true);
  assert.equal(refused.frame.data.retryAfterMs, 800);
  assert.equal(isRefusal(decodeServerFrame(sent(6, 204, { topic: 't' })).frame), false);
});

test('members that nobody knows are borne at every level', () => {
  const text = sent(6, 204, { topic: 't', 'x-minutes': 12 }, { 'x-node': 'b' });
  assert.deepEqual(decodeServerFrame(text).frame, {
    type: 6,
    code: 204,
    data: { topic: 't', 'x-minutes': 12 },
    'x-node': 'b',
  });
});

test('a member named __proto__ is a member like any other', () => {
  const { frame } = decodeServerFrame(said('{"user":"u1","content":"hi","type":"message","__proto__":{"content":7}}'));
  assert.equal(frame.data.content, 'hi');
  assert.equal(Object.getPrototypeOf(frame.data), Object.prototype);
  assert.equal({}.content, undefined);
});

test('JSON nested as deep as a message can be has an outcome', () => {
  const deep = '['.repeat(32_000) + ']'.repeat(32_000);
  assert.match(decodeServerFrame(deep).outcome, /fault/);
  assert.match(decodeServerFrame(sent(4, 203, `{"data":${deep}}`)).outcome, /frame|fault/);
});

test('a frame that breaks its schema is not encoded', () => {
  for (const [encode, frame, message] of [
    [
      encodeClientFrame,
      { token: 't', type: 3, payLoad: { topic: '' } },
      'payload at /topic: expected a string that is not empty, found an empty string',
    ],
    [
      encodeClientFrame,
      { token: 't', type: 9, payLoad: {} },
      'envelope: expected a frame of this version, found one that it does not know',
    ],
    [encodeServerFrame, { type: 6, code: 204, data: {} }, 'data at /topic: expected a value, found nothing'],
  ]) {
    assert.throws(
      () => encode(frame),
      (error) => error instanceof FrameError && error.fault.message === message && error.message === message,
    );
  }
});

test('a heartbeat is encoded with the payLoad that it is given', () => {
  assert.equal(encodeClientFrame({ token: 'u1', type: 1, payLoad: '' }), '{"token":"u1","type":1,"payLoad":""}');
  assert.equal(decodeClientFrame('{"token":"u1","type":1,"payLoad":"{not JSON"}').frame.payLoad, '{not JSON');
});

test('JSON in a string is written and read', () => {
  assert.equal(toJson({ content: 'Why?' }), '{"content":"Why?"}');
  assert.deepEqual(fromJson(toJson({ content: 'Why?' })), { content: 'Why?' });
});
