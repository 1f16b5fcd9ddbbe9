// The sources are in the one form that prettier gives them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { HERE } from '../build/documents.mjs';

test('every file is formatted', () => {
  const prettier = `${HERE}node_modules/prettier/bin/prettier.cjs`;
  const { status, stdout } = spawnSync(process.execPath, [prettier, '--list-different', '.'], {
    cwd: HERE,
    encoding: 'utf8',
  });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' }, 'run `npm run format` in schemas/');
});
