// The programs in the guide and in the read-me compile, and what they say of faults is what is said.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

import { HERE } from '../build/documents.mjs';

const guide = readFileSync(`${HERE}../docs/frontend.md`, 'utf8');
const readMe = readFileSync(`${HERE}README.md`, 'utf8');

test('every program compiles under strict', () => {
  const programs = [...`${guide}\n${readMe}`.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program);
  assert.equal(programs.length, 7);
  const folder = mkdtempSync(`${HERE}npm/test/guide/generated-`);
  try {
    const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2020', lib: ['es2020'], types: [] };
    const files = ['../around.d.ts', ...programs.map((_, index) => `program${index}.ts`)];
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: options, files }));
    programs.forEach((program, index) => writeFileSync(`${folder}/program${index}.ts`, `${program}\nexport {};\n`));
    const tsc = `${HERE}node_modules/typescript/bin/tsc`;
    const { stdout } = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' });
    assert.equal(stdout, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the faults that are shown are faults as they are worded', () => {
  const wordings = readFileSync(`${HERE}npm/test/decoding.test.mjs`, 'utf8');
  const shown = [...guide.matchAll(/^(?:payload|chatInfo|content)(?: at \S+)?: expected .*$/gm)].map(([line]) => line);
  assert.equal(shown.length, 3);
  for (const line of shown) assert.ok(wordings.includes(`'${line}'`), line);
});

test('the size that is told is the size', () => {
  const [, told] = guide.match(/(\d+) kB large/);
  assert.equal(Math.round(statSync(`${HERE}dist/miniprogram/index.js`).size / 10_000) * 10, Number(told));
});

test('every file that is linked to is there', () => {
  for (const [text, base] of [
    [guide, `${HERE}../docs/`],
    [readMe, HERE],
  ]) {
    const prose = text.replace(/^```.*?^```$/gms, '');
    for (const [, link] of prose.matchAll(/\]\(([^)#]+)\)/g)) assert.ok(statSync(base + link), link);
  }
});
