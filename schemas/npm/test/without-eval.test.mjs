// A mini-program forbids `eval` and `new Function`, and has no Node: what is shipped runs where both throw.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createContext, Script } from 'node:vm';

import * as inNode from 'roomwire-schemas';
import { validators } from 'roomwire-schemas/validators';

import { HERE } from '../build/documents.mjs';
import { judge, readVectors } from './judge.mjs';

const vectors = readVectors();
const frames = vectors.filter(({ direction }) => direction !== 'http');

/** What a file exports, loaded as a mini-program loads it: with nothing but the language around it. */
function loadBare(file) {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  assert.throws(() => new Script('eval("1")').runInContext(context), { name: 'EvalError' });
  assert.throws(() => new Script('new Function("return 1")()').runInContext(context), { name: 'EvalError' });
  new Script('globalThis.Function = globalThis.eval = () => { throw new Error("forbidden"); };').runInContext(context);
  const module = { exports: {} };
  const source = `(function (module, exports) {${readFileSync(HERE + file, 'utf8')}\n})`;
  new Script(source, { filename: file }).runInContext(context)(module, module.exports);
  return module.exports;
}

// Values of another context have another Object, so they are compared as JSON.
const json = (value) => JSON.stringify(value);

test('the one file for mini-programs decodes every vector as the package does', () => {
  const bare = loadBare('dist/miniprogram/index.js');
  for (const { id, direction, frame, open } of frames) {
    const decode = direction === 'client' ? 'decodeClientFrame' : 'decodeServerFrame';
    const [there, here] = [bare[decode](frame), inNode[decode](frame)];
    // What the spec leaves open may be nested deeper than can be written.
    if (open === undefined) assert.equal(json(there), json(here), id);
    else assert.equal(there.outcome, here.outcome, id);
  }
});

test('the one file for mini-programs exports all that the package does', () => {
  assert.deepEqual(Object.keys(loadBare('dist/miniprogram/index.js')).sort(), Object.keys(inNode).sort());
});

test('the validators judge every vector there as they do here', () => {
  const bare = loadBare('dist/cjs/validators.js').validators;
  for (const { id, direction, schema, frame } of vectors) {
    const [there, here] = [bare, validators].map((all) =>
      judge(schema ?? direction, frame, (name, value) => all[name](value)),
    );
    assert.deepEqual(there, here, id);
  }
});

test('both run in a Node that makes no code of strings', () => {
  const program = `
    for (const forbidden of [() => eval('1'), () => new Function('return 1')]) {
      let threw = false;
      try { forbidden(); } catch { threw = true; }
      if (!threw) throw new Error('strings are made code here, so this test shows nothing');
    }
    const { decodeServerFrame } = require('roomwire-schemas');
    const { validators } = require('roomwire-schemas/validators');
    const text = '{"type":6,"code":204,"data":"{\\\\"topic\\\\":\\\\"8017\\\\"}"}';
    const { frame } = decodeServerFrame(text);
    console.log(frame.data.topic, validators['server-frame'](JSON.parse(text)), validators['server-frame']({}));
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--eval', program],
    {
      cwd: HERE,
      encoding: 'utf8',
    },
  );
  assert.equal(stdout, '8017 true false\n', stderr);
});

test('nothing that is shipped even names what is forbidden', () => {
  const files = ['esm/index.js', 'esm/validators.js', 'cjs/index.js', 'cjs/validators.js', 'miniprogram/index.js'];
  for (const file of files) {
    assert.doesNotMatch(readFileSync(`${HERE}dist/${file}`, 'utf8'), /\bFunction\(|\beval\(/, file);
  }
});

test('the files are as small as they are said to be', () => {
  const size = (file) => readFileSync(HERE + file).length;
  assert.ok(size('dist/miniprogram/index.js') < 100_000, `${size('dist/miniprogram/index.js')} bytes`);
  assert.ok(size('dist/esm/validators.js') < 140_000, `${size('dist/esm/validators.js')} bytes`);
});
