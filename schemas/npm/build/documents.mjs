// The published schemas, as the other build scripts read them.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const HERE = fileURLToPath(new URL('../../', import.meta.url));

const ENDING = '.schema.json';

/** Every root schema of version 1, by its name (`client-frame`), in the order of names. */
export function readDocuments() {
  const folder = `${HERE}v1/`;
  const files = readdirSync(folder).filter((file) => file.endsWith(ENDING));
  if (files.length === 0) {
    throw new Error(`${folder} has no schemas: run \`cargo run -p roomwire-schemas\``);
  }
  const read = (file) => JSON.parse(readFileSync(folder + file, 'utf8'));
  return new Map(files.sort().map((file) => [file.slice(0, -ENDING.length), read(file)]));
}

/** Every schema that has a name of its own, the root ones and those in their `$defs`, by that name (`ClientFrame`). */
export function namedSchemas(documents) {
  const named = new Map();
  const add = (name, schema) => {
    const known = named.get(name);
    if (known !== undefined && JSON.stringify(bare(known)) !== JSON.stringify(bare(schema))) {
      throw new Error(`two schemas that differ are both named ${name}: one type cannot stand for both`);
    }
    named.set(name, schema);
  };
  for (const { $defs = {} } of documents.values()) Object.entries($defs).forEach(([name, schema]) => add(name, schema));
  for (const { $defs, $id, $schema, ...root } of documents.values()) add(root.title, root);
  return new Map([...named].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const WORDS = new Set(['$comment', 'contentMediaType', 'contentSchema', 'description', 'examples', 'title']);

/** A schema with nothing but what a verdict depends on, and its references by name. */
export function bare(schema) {
  if (Array.isArray(schema)) return schema.map(bare);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.$ref !== undefined) return { $ref: referredName(schema.$ref) };
  const kept = Object.entries(schema).filter(([keyword]) => !WORDS.has(keyword));
  // What stands below `properties` are members, and one may well be named `title`.
  const members = (schemas) => Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, bare(one)]));
  return Object.fromEntries(
    kept.map(([keyword, one]) => [keyword, keyword === 'properties' ? members(one) : bare(one)]),
  );
}

/** The name that a reference ends in. */
export function referredName(reference) {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
