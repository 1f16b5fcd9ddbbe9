// The AsyncAPI document is one by AsyncAPI's own parser, and has every frame and nothing else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { DiagnosticSeverity, Parser } from '@asyncapi/parser';

import { HERE, readDocuments, referredName } from '../build/documents.mjs';

const source = `${HERE}v1/asyncapi.json`;
const text = readFileSync(source, 'utf8');

async function parse(json) {
  const { document, diagnostics } = await new Parser().parse(json, { source });
  const errors = diagnostics.filter(({ severity }) => severity === DiagnosticSeverity.Error);
  return { document, errors: errors.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

test('the document is valid', async () => {
  assert.deepEqual((await parse(text)).errors, []);
});

test('a document that is not is found out', async () => {
  const { info, ...rest } = JSON.parse(text);
  assert.ok(info.title);
  assert.match((await parse(JSON.stringify(rest))).errors.join('\n'), /info/);
});

test('every kind of frame is a message, and every message a kind of frame', async () => {
  const { document } = await parse(text);
  const titles = document
    .allMessages()
    .all()
    .map((message) => message.payload().title());
  const kinds = ['client-frame', 'server-frame'].flatMap((name) =>
    readDocuments()
      .get(name)
      .oneOf.map(({ $ref }) => referredName($ref)),
  );
  assert.deepEqual([...new Set(titles)].sort(), kinds.sort());
});
