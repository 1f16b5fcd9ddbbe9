// As its users will try it: the packed package, installed in an empty project, compiled against and run.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { HERE } from '../build/documents.mjs';

const work = mkdtempSync(join(tmpdir(), 'roomwire-schemas-'));
after(() => rmSync(work, { recursive: true }));

const { filename, files, size } = pack();
const SAID = '8017 Ann HI\nWhy?\nchatInfo at /content: expected a value, found nothing\n';

/** Packs a copy, since packing builds, and others use what is built here meanwhile. */
function pack() {
  const copy = join(work, 'repository/schemas');
  mkdirSync(copy, { recursive: true });
  for (const path of ['package.json', 'tsconfig.json', 'README.md', 'npm/build', 'npm/src', 'v1']) {
    cpSync(HERE + path, join(copy, path), { recursive: true });
  }
  for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) cpSync(`${HERE}../${licence}`, join(copy, '..', licence));
  symlinkSync(`${HERE}node_modules`, join(copy, 'node_modules'));
  const [packed] = JSON.parse(npm(copy, 'pack', '--json', '--pack-destination', work));
  return { ...packed, files: packed.files.map(({ path }) => path) };
}

function npm(cwd, ...args) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A project with nothing in it but a program and the package. */
function project(name, { compilerOptions, ...manifest }) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, ...manifest }));
  npm(folder, 'install', '--offline', '--no-audit', '--no-fund', join(work, filename));
  copyFileSync(`${HERE}npm/test/users/program.ts`, join(folder, 'program.ts'));
  const options = { strict: true, target: 'es2020', lib: ['es2020', 'dom'], types: [], ...compilerOptions };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  return folder;
}

function compile(folder, compiler) {
  const { stdout } = spawnSync(process.execPath, [`${HERE}node_modules/${compiler}/bin/tsc`], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(stdout, '');
}

function run(folder, file = 'program.js') {
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
}

test('what is packed is what is meant to be', () => {
  const top = new Set(files.map((file) => file.split('/')[0]));
  assert.deepEqual([...top].sort(), ['README.md', 'dist', 'package.json', 'v1']);
  for (const file of [
    'dist/LICENSE-MIT',
    'dist/esm/index.js',
    'dist/cjs/index.d.ts',
    'dist/miniprogram/index.js',
    'v1/meta.json',
    'v1/join-payload.schema.json',
  ]) {
    assert.ok(files.includes(file), file);
  }
  assert.ok(size < 200_000, `${size} bytes`);
  assert.deepEqual(JSON.parse(readFileSync(`${HERE}package.json`, 'utf8')).dependencies ?? {}, {});
});

test('a program in ES modules decodes a chat to its content and says what is wrong with another', () => {
  const folder = project('esm', { type: 'module', compilerOptions: { module: 'nodenext' } });
  compile(folder, 'typescript');
  assert.match(readFileSync(join(folder, 'program.js'), 'utf8'), /^import /m);
  assert.equal(run(folder), SAID);
});

test('the same program in CommonJS does the same', () => {
  const folder = project('cjs', { compilerOptions: { module: 'nodenext' } });
  compile(folder, 'typescript');
  assert.match(readFileSync(join(folder, 'program.js'), 'utf8'), /require\(/);
  assert.equal(run(folder), SAID);
});

test('it compiles in projects of other kinds, old ones included', () => {
  for (const [name, compiler, compilerOptions] of [
    ['bundler', 'typescript', { module: 'esnext', moduleResolution: 'bundler' }],
    ['bundler-5', 'typescript-5', { module: 'esnext', moduleResolution: 'bundler' }],
    ['nodenext-5', 'typescript-5', { module: 'nodenext' }],
    ['node10-5', 'typescript-5', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '5.0' }],
  ]) {
    const folder = project(name, { compilerOptions });
    compile(folder, compiler);
    if (name.startsWith('node')) assert.equal(run(folder), SAID);
  }
});

test('a mini-program gets by with a copy of one file, and its types', () => {
  const folder = join(work, 'mini-program');
  cpSync(
    join(project('installed', { compilerOptions: {} }), 'node_modules/roomwire-schemas/dist/miniprogram'),
    join(folder, 'roomwire'),
    { recursive: true },
  );
  const program = readFileSync(`${HERE}npm/test/users/program.ts`, 'utf8').replace(
    "'roomwire-schemas'",
    "'./roomwire/index'",
  );
  writeFileSync(join(folder, 'program.ts'), program);
  const compilerOptions = {
    strict: true,
    target: 'es2015',
    module: 'commonjs',
    moduleResolution: 'node10',
    lib: ['es2015', 'dom'],
    types: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  compile(folder, 'typescript-5');
  const copied = readdirSync(join(folder, 'roomwire'));
  for (const types of copied.filter((file) => file.endsWith('.d.ts'))) rmSync(join(folder, 'roomwire', types));
  assert.deepEqual(readdirSync(join(folder, 'roomwire')), ['index.js']);
  assert.equal(run(folder), SAID);
});

test('the schemas themselves can be had by name', () => {
  const folder = project('schemas', { compilerOptions: {} });
  const program = `
    const { title } = require('roomwire-schemas/v1/join-payload.schema.json');
    const { validators } = require('roomwire-schemas/validators');
    console.log(title, validators['join-payload']({ topic: '8017' }), validators['join-payload']({}));
  `;
  writeFileSync(join(folder, 'program.cjs'), program);
  assert.equal(run(folder, 'program.cjs'), 'JoinPayload true false\n');
});
