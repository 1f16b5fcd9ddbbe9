// The Rust decoder and every reader here think the same of frames by the thousand, valid ones and mutated ones. What
// the spec leaves open to a reader is left out.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { HERE } from '../build/documents.mjs';
import { judge } from './judge.mjs';
import { disagreement, readers } from './readers.mjs';

const COUNT = 20_000;
const SEED = process.env.ROOMWIRE_SEED ?? '1';

const frames = generate();

/**
 * What the Rust side prints: each frame with its verdict. Its program is built first, but where `ROOMWIRE_SCHEMAS` names
 * one that was built already.
 */
function generate() {
  const built = process.env.ROOMWIRE_SCHEMAS;
  const [program, ...given] = built ? [built] : 'cargo run --quiet -p roomwire-schemas --'.split(' ');
  const words = [...given, 'frames', '--count', `${COUNT}`, '--seed', SEED];
  const command = [program, ...words].join(' ');
  const { error, status, stdout } = spawnSync(program, words, {
    cwd: HERE,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw new Error(`cannot run \`${command}\`: ${error.message}`);
  if (status !== 0) throw new Error(`\`${command}\` ended with ${status}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const decided = frames.filter(({ open }) => open.length === 0);

test('the frames are many, of every direction and both verdicts', () => {
  assert.equal(frames.length, COUNT);
  assert.ok(decided.length > COUNT * 0.9, `${decided.length} are decided`);
  for (const direction of ['client', 'server', 'http']) {
    for (const verdict of ['valid', 'invalid']) {
      const count = decided.filter(
        (frame) => frame.direction === direction && Object.values(frame.layers).at(-1) === verdict,
      ).length;
      assert.ok(count > COUNT / 100, `${direction} ${verdict}: ${count}`);
    }
  }
});

for (const [reader, isValid] of Object.entries(readers)) {
  test(`${reader} judge every layer as Rust does`, () => {
    const apart = decided.flatMap(({ n, direction, schema, frame, mutation, layers }) => {
      const judged = judge(schema ?? direction, frame, isValid);
      return JSON.stringify(judged) === JSON.stringify(layers) ? [] : [{ n, frame, mutation, judged, layers }];
    });
    assert.deepEqual(apart.slice(0, 5), [], `${apart.length} of ${COUNT}, seed ${SEED}`);
  });
}

test('decoding ends as Rust judges', () => {
  const apart = decided.flatMap(({ n, direction, frame, mutation, layers }) => {
    if (direction === 'http') return [];
    const what = disagreement(direction, frame, layers);
    return what === undefined ? [] : [{ n, frame, mutation, what }];
  });
  assert.deepEqual(apart.slice(0, 5), [], `${apart.length} of ${COUNT}, seed ${SEED}`);
});

test('what is left open has some outcome', () => {
  for (const { direction, frame } of frames.filter(({ open }) => open.length > 0)) {
    if (direction !== 'http') disagreement(direction, frame, {});
  }
});
