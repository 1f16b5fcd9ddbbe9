// Reading frames by the schemas, layer by layer, as anybody would who has nothing but a validator and `meta.json`: a
// validator does not look into strings, so what a string holds is judged by a schema of its own, if that string is
// sound so far.

import { readdirSync, readFileSync } from 'node:fs';

import { HERE } from '../build/documents.mjs';

export const meta = readJson('v1/meta.json');

export function readJson(path) {
  return JSON.parse(readFileSync(HERE + path, 'utf8'));
}

/** Every vector, from all files. */
export function readVectors() {
  const files = readdirSync(`${HERE}v1/vectors`).filter((file) => file.endsWith('.json'));
  return files.sort().flatMap((file) => readJson(`v1/vectors/${file}`).vectors);
}

/**
 * What each layer of a text is, from the outside in; `isValid` is given the name of a schema and a value.
 *
 * @param direction `client` or `server`, or the name of a schema for the body of an HTTP message.
 */
export function judge(direction, text, isValid) {
  const layers = {};
  const look = (layer, schema, json) => {
    const value = parse(json);
    layers[layer] = value !== undefined && isValid(schema, value) ? 'valid' : 'invalid';
    return layers[layer] === 'valid' ? value : undefined;
  };
  const said = (schema, json) => {
    const info = look('chatInfo', schema, json);
    const inner = meta.layers.contents.find(({ type }) => type === info?.type);
    if (inner !== undefined) look('content', inner[direction], info.content);
  };
  if (direction === 'client') {
    const frame = look('envelope', meta.layers.client, text);
    const inner = meta.layers.payloads.find(({ type }) => type === frame?.type)?.schema;
    if (inner) {
      const payload = look('payload', inner, frame.payLoad);
      if (payload !== undefined && frame.type === 2) said(meta.layers.chatInfo, payload.chatInfo);
    }
  } else if (direction === 'server') {
    const frame = look('envelope', meta.layers.server, text);
    if (frame === undefined) return layers;
    const pair = meta.layers.data.find(({ type, code }) => type === frame.type && code === frame.code);
    const inner = pair === undefined ? meta.layers.errorData : pair.schema;
    if (frame.code === 200) said(inner, frame.data);
    else if (inner !== null) look('data', inner, frame.data);
  } else {
    look('body', direction, text);
  }
  return layers;
}

/** JSON as a value, or nothing where it is none. */
function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
