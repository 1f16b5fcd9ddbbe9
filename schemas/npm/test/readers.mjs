// Everything that is shipped and can tell a good value from a bad one, by the same measure: the name of a schema.

import Ajv7 from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import { decodeClientFrame, decodeServerFrame } from 'roomwire-schemas';
import { validators } from 'roomwire-schemas/validators';

import { meta, readJson } from './judge.mjs';

export const readers = {
  'Ajv, from the schemas': compiled(new Ajv2020.default({ strict: true }), 'v1'),
  'Ajv, from the schemas in draft-07': compiled(new Ajv7.default({ strict: true }), 'v1/draft-07'),
  'the validators compiled ahead': (name, value) => validators[name](value),
};

function compiled(ajv, folder) {
  const checks = Object.fromEntries(
    meta.schemas.map(({ name }) => [name, ajv.compile(readJson(`${folder}/${name}.schema.json`))]),
  );
  return (name, value) => checks[name](value);
}

export function decode(direction, text) {
  return direction === 'client' ? decodeClientFrame(text) : decodeServerFrame(text);
}

/**
 * What is wrong with the outcome of decoding a text whose layers are these; nothing where it is right.
 *
 * A frame that is invalid only for want of a word in this version is unknown, not wrong.
 */
export function disagreement(direction, text, layers) {
  const { outcome, fault, envelope } = decode(direction, text);
  const bad = Object.keys(layers).find((layer) => layers[layer] === 'invalid');
  if (outcome === 'unknown') {
    return bad !== undefined && isOfLaterVersion(envelope) ? undefined : 'unknown, though this version knows it';
  }
  if (outcome === 'frame') return bad === undefined ? undefined : `a frame, though its ${bad} is invalid`;
  if (fault.layer === bad && FORM.test(fault.message)) return undefined;
  return `${fault.message}, though ${bad === undefined ? 'nothing is invalid' : `its ${bad} is invalid`}`;
}

const FORM = /^(envelope|payload|data|chatInfo|content)( at \/\S*)?: expected .+, found .+$/s;

/** Whether this version has no word for a type, a pair of type and code, or a reason. */
function isOfLaterVersion({ type, code, data }) {
  if (code === undefined) return !meta.types.some((known) => known.type === type);
  if (meta.codes.some((known) => known.type === type && known.code === code)) return false;
  if (!meta.codes.some((known) => known.error && known.code === code)) return true;
  return !meta.reasons.some(({ reason }) => reason === JSON.parse(data).reason);
}
