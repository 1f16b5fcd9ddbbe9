// The types are those of the schemas: what is right compiles, what is wrong does not, and the frames of the vectors
// have the types that they should. All under `tsc --strict`, the current one and one of the generation before.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

import { decodeClientFrame, decodeServerFrame } from 'roomwire-schemas';

import { HERE } from '../build/documents.mjs';
import { readVectors } from './judge.mjs';

const COMPILERS = ['typescript/bin/tsc', 'typescript-5/bin/tsc'];

for (const compiler of COMPILERS) {
  test(`right uses compile and wrong ones do not, with ${compiler}`, () => {
    assert.equal(complaints(compiler, HERE), '');
  });

  test(`every frame of the vectors has its type, with ${compiler}`, () => {
    const lines = readVectors().flatMap(typedFrame);
    assert.ok(lines.length > 0);
    assert.equal(compileAlone(compiler, [...PRELUDE, ...lines]), '');
  });
}

test('the compiler is listened to', () => {
  const wrong = [
    ...PRELUDE,
    'client({"token":"t","type":6,"payLoad":{}});',
    'server({"type":6,"code":204,"data":{"topic":8}});',
  ];
  for (const compiler of COMPILERS) assert.match(compileAlone(compiler, wrong), /ts\(4,.*TS2.*\n(.*\n)*.*ts\(5,.*TS2/);
});

// What a parameter's own type is taken for may have members that nobody knows, as the wire may; a plain literal not.
const PRELUDE = [
  "import type { DecodedClientFrame, DecodedServerFrame } from 'roomwire-schemas';",
  'declare function client<Frame extends DecodedClientFrame>(frame: Frame): void;',
  'declare function server<Frame extends DecodedServerFrame>(frame: Frame): void;',
];

function typedFrame({ direction, frame, open, layers = {} }) {
  if (direction === 'http' || open !== undefined || Object.values(layers).includes('invalid')) return [];
  const decoding = direction === 'client' ? decodeClientFrame(frame) : decodeServerFrame(frame);
  return [`${direction}(${JSON.stringify(decoding.frame)});`];
}

/** What a compiler says of a file of these lines. */
function compileAlone(compiler, lines) {
  const folder = mkdtempSync(`${HERE}npm/test/types/generated-`);
  try {
    writeFileSync(`${folder}/frames.ts`, lines.join('\n'));
    writeFileSync(`${folder}/tsconfig.json`, '{ "extends": "../../../../tsconfig.json", "include": ["."] }');
    return complaints(compiler, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function complaints(compiler, project) {
  const { error, stdout } = spawnSync(process.execPath, [`${HERE}node_modules/${compiler}`, '--project', project]);
  if (error) throw error;
  return String(stdout);
}
