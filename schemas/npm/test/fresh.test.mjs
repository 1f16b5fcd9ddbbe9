// What is generated here and committed is what would be generated now.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { HERE } from '../build/documents.mjs';
import { outputs } from '../build/generate.mjs';

test('every generated file is as it would be generated now', async () => {
  for (const [path, content] of await outputs()) {
    assert.ok(
      readFileSync(HERE + path, 'utf8') === content,
      `${path} (from schemas/) is stale: run \`npm run generate\` in schemas/`,
    );
  }
});
