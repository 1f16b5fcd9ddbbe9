// The published schemas stand up to validators that nobody here wrote.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

import Ajv7 from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';

import { HERE, namedSchemas, readDocuments } from '../build/documents.mjs';
import { meta, readJson } from './judge.mjs';

// What Ajv would only say on the console is a fault here.
const complain = (...words) => {
  throw new Error(words.join(' '));
};
const logger = { log: complain, warn: complain, error: complain };

for (const [folder, Ajv] of [
  ['v1', Ajv2020.default],
  ['v1/draft-07', Ajv7.default],
]) {
  const files = readdirSync(HERE + folder).filter((file) => file.endsWith('.schema.json'));

  test(`every schema in ${folder} is compiled by Ajv at its strictest`, () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: false, logger });
    for (const file of files) ajv.compile(readJson(`${folder}/${file}`));
    assert.equal(files.length, meta.schemas.length);
  });

  test(`every example in ${folder} satisfies the schema that it stands in`, () => {
    let seen = 0;
    for (const file of files) {
      const { $defs, definitions = $defs, ...root } = readJson(`${folder}/${file}`);
      const ajv = new Ajv({ strict: true, logger });
      ajv.addSchema({ ...root, $defs, definitions: folder === 'v1' ? undefined : definitions });
      for (const [name, { examples = [] }] of Object.entries({ '': root, ...definitions })) {
        const place = folder === 'v1' ? `#/$defs/${name}` : `#/definitions/${name}`;
        const isValid = ajv.getSchema(name === '' ? root.$id : root.$id + place);
        for (const example of examples) {
          seen += 1;
          assert.ok(isValid(example), `${file} ${name}: ${ajv.errorsText(isValid.errors)}`);
        }
      }
    }
    assert.ok(seen > 50, `${seen} examples`);
  });
}

test('meta.json names every schema, and every schema says its own name', () => {
  const documents = readDocuments();
  assert.deepEqual([...documents.keys()].sort(), meta.schemas.map(({ name }) => name).sort());
  for (const [name, { $id }] of documents) assert.equal($id, meta.schemas.find((one) => one.name === name).id);
});

test('a name stands for one schema, wherever it is defined', () => {
  const documents = readDocuments();
  const known = namedSchemas(documents);
  assert.ok(known.size > documents.size);
  const other = { title: 'Other', $defs: { Topic: { type: 'integer' } } };
  assert.throws(() => namedSchemas(new Map([...documents, ['other', other]])), /both named Topic/);
});
