// Validators of every root schema, compiled ahead: a mini-program forbids `eval` and `new Function`, which is how
// validators are made where they are used.

import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

import { bare, namedSchemas, readDocuments, referredName } from './documents.mjs';

/** Ajv with all schemas, as strict as it can be. */
export function strictAjv(documents = readDocuments(), options = {}) {
  const ajv = new Ajv2020.default({ strict: true, ...options });
  for (const [name, schema] of documents) ajv.addSchema(schema, name);
  return ajv;
}

/**
 * The module of the validators, and what TypeScript is to know of it: a function a root schema, and one an
 * alternative where a schema is a choice, since "it is none of these" helps nobody who looks for what is wrong.
 */
export function writeValidators() {
  const documents = readDocuments();
  const roots = [...documents].map(([name, { title }]) => ({ name, title }));
  const titles = new Set(CHOICES.flatMap((name) => documents.get(name).oneOf.map(({ $ref }) => referredName($ref))));
  const functions = [...roots, ...[...titles].map((title) => ({ title }))].map((one) => ({
    ...one,
    id: one.title[0].toLowerCase() + one.title.slice(1),
  }));

  // Each named schema by itself, so that it is compiled once, however many refer to it.
  const ajv = new Ajv.default({
    strict: true,
    inlineRefs: false,
    messages: false,
    code: { esm: true, lines: true, optimize: 2, source: true },
  });
  for (const [title, schema] of namedSchemas(documents)) ajv.addSchema(bare(schema), title);
  const code = standaloneCode.default(ajv, Object.fromEntries(functions.map(({ id, title }) => [id, title])));
  const table = functions.filter(({ name }) => name !== undefined).map(({ name, id }) => `  '${name}': ${id},\n`);
  return {
    code: `${code}\nexport const validators = {\n${table.join('')}};\n`,
    declarations: [
      '// Generated from the schemas in `v1`.\n\n',
      "import type { Validator } from './validator.js';\n",
      "import type * as wire from './wire.js';\n\n",
      "export type { Unread, Validator, Violation } from './validator.js';\n\n",
      '/** Every validator of a root schema, by its name. */\n',
      'export declare const validators: { readonly [Name in keyof wire.Documents]: Validator<wire.Documents[Name]> };\n\n',
      ...functions.map(({ id, title }) => `export declare const ${id}: Validator<wire.${title}>;\n`),
    ].join(''),
  };
}

// The schemas that are a choice.
const CHOICES = [
  'client-frame',
  'server-frame',
  'chat-info',
  'chat-info-delivered',
  'notice-data',
  'user-change-data',
  'error-data',
];
