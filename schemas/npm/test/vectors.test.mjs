// Every reader that is shipped gives each vector the verdict that is written in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import Ajv7 from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import { decodeClientFrame, decodeServerFrame, encodeClientFrame, encodeServerFrame } from 'roomwire-schemas';
import { validators } from 'roomwire-schemas/validators';

import { judge, meta, readJson, readVectors } from './judge.mjs';

const vectors = readVectors();
const decided = vectors.filter(({ open }) => open === undefined);
const frames = decided.filter(({ direction }) => direction !== 'http');

const readers = {
  'Ajv, from the schemas': compiled(new Ajv2020.default({ strict: true }), 'v1'),
  'Ajv, from the schemas in draft-07': compiled(new Ajv7.default({ strict: true }), 'v1/draft-07'),
  'the validators compiled ahead': (name, value) => validators[name](value),
};

function compiled(ajv, folder) {
  const checks = Object.fromEntries(
    meta.schemas.map(({ name }) => [name, ajv.compile(readJson(`${folder}/${name}.schema.json`))]),
  );
  return (name, value) => checks[name](value);
}

test('there are vectors of both verdicts for every layer', () => {
  const seen = new Set(decided.flatMap(({ layers }) => Object.entries(layers).map((one) => one.join(' '))));
  for (const layer of ['envelope', 'payload', 'data', 'chatInfo', 'content', 'body']) {
    assert.ok(seen.has(`${layer} valid`) && seen.has(`${layer} invalid`), layer);
  }
});

for (const [reader, isValid] of Object.entries(readers)) {
  test(`${reader} judge every layer of every vector as it says`, () => {
    const wrong = [];
    for (const { id, direction, schema, frame, layers } of decided) {
      const judged = judge(schema ?? direction, frame, isValid);
      if (JSON.stringify(judged) !== JSON.stringify(layers)) wrong.push({ id, judged, layers });
    }
    assert.deepEqual(wrong, []);
  });
}

test('decoding finds a fault where the vector has one, in that layer, and none elsewhere', () => {
  for (const { id, direction, frame, layers } of frames) {
    const { outcome, fault, envelope } = decode(direction, frame);
    const bad = Object.keys(layers).find((layer) => layers[layer] === 'invalid');
    if (bad === undefined) {
      assert.equal(outcome, 'frame', `${id}: ${fault?.message}`);
    } else if (outcome === 'unknown') {
      assert.ok(isOfLaterVersion(envelope), id);
    } else {
      assert.equal(outcome, 'fault', id);
      assert.equal(fault.layer, bad, `${id}: ${fault.message}`);
      assert.match(fault.message, /^(envelope|payload|data|chatInfo|content)( at \/.*)?: expected .+, found .+$/);
    }
  }
});

test('what was decoded is encoded to a frame that is decoded to the same', () => {
  let seen = 0;
  for (const { id, direction, frame } of frames) {
    const { outcome, frame: decoded } = decode(direction, frame);
    if (outcome !== 'frame') continue;
    const text = direction === 'client' ? encodeClientFrame(decoded) : encodeServerFrame(decoded);
    assert.deepEqual(decode(direction, text), { outcome: 'frame', frame: decoded }, id);
    seen += 1;
  }
  assert.ok(seen > 0);
});

test('what the spec leaves open has some outcome', () => {
  for (const { id, direction, frame } of vectors.filter(({ open }) => open !== undefined)) {
    if (direction !== 'http') assert.match(decode(direction, frame).outcome, /^(frame|unknown|fault)$/, id);
  }
});

function decode(direction, text) {
  return direction === 'client' ? decodeClientFrame(text) : decodeServerFrame(text);
}

/** Whether this version has no word for a type, a pair of type and code, or a reason. */
function isOfLaterVersion({ type, code, data }) {
  if (code === undefined) return !meta.types.some((known) => known.type === type);
  if (meta.codes.some((known) => known.type === type && known.code === code)) return false;
  if (!meta.codes.some((known) => known.error && known.code === code)) return true;
  return !meta.reasons.some(({ reason }) => reason === JSON.parse(data).reason);
}
