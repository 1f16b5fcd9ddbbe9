// What the reference is made of: the schemas and `meta.json`.

import { readFileSync } from 'node:fs';

import { HERE, namedSchemas, readDocuments, referredName } from '../documents.mjs';

export const meta = JSON.parse(readFileSync(`${HERE}v1/meta.json`, 'utf8'));

export const documents = readDocuments();

const named = namedSchemas(documents);

/** The schema of a name, or the one that a schema refers to, with the words that stand beside the reference. */
export function resolve(schema) {
  if (typeof schema === 'string') return named.get(schema);
  if (schema.$ref === undefined) return schema;
  const { $ref, ...words } = schema;
  return { ...named.get(referredName($ref)), ...words };
}

/** The name of the schema that a string holds the JSON of, if it does. */
export function heldBy(schema) {
  return schema.contentSchema === undefined ? undefined : referredName(schema.contentSchema.$ref);
}

/** The alternatives of a schema, by name; itself where it is no choice. */
export function alternatives(name) {
  return resolve(name).oneOf?.map(({ $ref }) => referredName($ref)) ?? [name];
}
