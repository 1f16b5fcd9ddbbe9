// An object's members as a table, those of objects within it by their path.

import { cited, code, escape, prose, table } from './html.mjs';
import { heldBy, resolve } from './sources.mjs';

export function memberTable(schema) {
  return table(['member', 'value', 'meaning', 'see'], rows(schema, ''), 'members');
}

function rows({ properties = {}, required = [] }, path) {
  return Object.entries(properties).flatMap(([name, given]) => {
    const place = path + name;
    if (given === false) return [[code(place), 'absent', '', '']];
    const schema = resolve(given);
    const needed = required.includes(name);
    const own = [member(place, needed), value(schema), prose(schema.description ?? ''), cited(given)];
    const inner = schema.type === 'array' ? resolve(schema.items) : schema;
    const below =
      inner.properties === undefined ? [] : rows(inner, schema.type === 'array' ? `${place}[].` : `${place}.`);
    return [own, ...below];
  });
}

function member(place, needed) {
  return `${code(place)}${needed ? '' : ' <span class="optional">optional</span>'}`;
}

/** What a value is, in words. */
export function value(schema) {
  const held = heldBy(schema);
  if (held !== undefined) return `JSON in a string: <a href="#${held}">${held}</a>`;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((one) => code(JSON.stringify(one))).join(', ');
  if (schema.oneOf !== undefined) return `<a href="#${schema.title}">${schema.title}</a>`;
  switch (schema.type) {
    case 'string':
      return string(schema);
    case 'integer':
      return integer(schema);
    case 'array':
      return array(schema);
    case undefined:
      return 'any JSON value';
    default:
      return escape(schema.type);
  }
}

const NO_CONTROLS = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

function string({ minLength = 0, maxLength, pattern }) {
  const range = minLength > 0 ? ` of ${minLength} to ${maxLength} characters` : ` of at most ${maxLength} characters`;
  const form = pattern === undefined ? '' : pattern === NO_CONTROLS ? ', no control characters' : `, ${code(pattern)}`;
  return `string${maxLength === undefined ? '' : range}${form}`;
}

function integer({ minimum, maximum, not }) {
  // The largest integer that every reader has exactly is the limit of all, and worth no words.
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const range = minimum === undefined ? '' : bounded ? ` from ${minimum} to ${maximum}` : ` of at least ${minimum}`;
  const but = not?.enum === undefined ? '' : ` other than ${not.enum.join(', ')}`;
  return `integer${range}${but}`;
}

function array({ items, minItems = 0, contains }) {
  const inner = resolve(items);
  const among = contains?.const === undefined ? '' : `, ${code(JSON.stringify(contains.const))} among them`;
  const plural = inner.properties === undefined ? `${value(inner)}s` : 'objects';
  const of = inner.oneOf === undefined ? plural : value(inner);
  return `array of ${of}${minItems > 0 ? ', not empty' : ''}${among}`;
}
