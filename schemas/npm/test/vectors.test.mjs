// Every reader that is shipped gives each vector the verdict that is written in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeClientFrame, encodeServerFrame } from 'roomwire-schemas';

import { judge, readVectors } from './judge.mjs';
import { decode, disagreement, readers } from './readers.mjs';

const vectors = readVectors();
const decided = vectors.filter(({ open }) => open === undefined);
const frames = decided.filter(({ direction }) => direction !== 'http');

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
    assert.equal(disagreement(direction, frame, layers), undefined, id);
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
