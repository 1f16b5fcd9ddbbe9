// The types of the wire, written from the schemas.
//
// json-schema-to-typescript writes them well but for two things, which it is told here: it does not follow
// `contentSchema`, so a string that holds JSON would be any string, and it takes "any value" for "any object".

import { compile } from 'json-schema-to-typescript';

import { bare, namedSchemas, readDocuments, referredName } from './documents.mjs';

/** The text of `npm/src/wire.ts`. */
export async function writeWire() {
  const documents = readDocuments();
  const properties = Object.fromEntries([...documents].map(([name, { title }]) => [name, { tsType: title }]));
  const root = {
    title: 'Documents',
    description: 'Every root schema, and what it describes.',
    type: 'object',
    properties,
    required: Object.keys(properties),
    $defs: Object.fromEntries([...namedSchemas(documents)].map(([name, schema]) => [name, typed(schema)])),
  };
  const types = await compile(root, 'Documents', {
    additionalProperties: false,
    bannerComment: '',
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
    unreachableDefinitions: true,
  });
  return `${BANNER}\n${tidy(types)}`;
}

const BANNER = `// Generated from the schemas in \`v1\` by \`npm run generate\`; do not edit.

import type { JsonString, JsonValue } from './json-string.js';
`;

// Keywords that say nothing to a type. A condition (\`if\`) narrows what its object says; a type is as wide.
const MUTE = new Set(['allOf', 'if', 'then', 'else', 'not', 'contains']);

/** The schema with what the generator needs to be told. */
function typed(schema) {
  if (Array.isArray(schema)) return schema.map(typed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { description, title } = schema;
  if (schema.contentSchema !== undefined) {
    return { description, tsType: `JsonString<${referredName(schema.contentSchema.$ref)}>` };
  }
  // Beside a reference the generator would lose the description.
  if (schema.$ref !== undefined) return { description, tsType: referredName(schema.$ref) };
  const says = Object.keys(bare(schema)).join();
  if (says === '') return { description, title, tsType: 'JsonValue' };
  if (says === 'type' && schema.type === 'object') return { description, title, tsType: 'Record<string, JsonValue>' };
  const kept = Object.entries(schema).filter(([keyword]) => !MUTE.has(keyword));
  return Object.fromEntries(
    kept.map(([keyword, value]) => [keyword, keyword === 'properties' ? eachTyped(value) : typed(value)]),
  );
}

function eachTyped(properties) {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, typed(schema)]));
}

/** Without what the generator says of how it came by a type. */
function tidy(types) {
  return types
    .replace(/^ \*\n \* This interface was referenced by .*\n \* via the `definition` ".*"\.\n/gm, '')
    .replace(/^\/\*\*\n \* This interface was referenced by .*\n \* via the `definition` ".*"\.\n \*\/\n/gm, '')
    .replace(/^ +\*\n +\* @(?:minItems|maxItems) .*\n/gm, '')
    .replace(/^( *\/\*\*)\n *\* (.{1,100})\n *\*\/$/gm, '$1 $2 */')
    .replace(/;\n(\/\*\*|export)/g, ';\n\n$1')
    .replace(/^}\n(\/\*\*|export)/gm, '}\n\n$1');
}
