import type { Violation } from './validator.js';

/**
 * Which of the texts, one inside the other, is meant: the frame itself, what its `payLoad` or its `data` holds, a chat's
 * chatInfo (a 200 has it as its `data`), or the `content` of a question or an answer.
 */
export type Layer = 'envelope' | 'payload' | 'data' | 'chatInfo' | 'content';

/** What is wrong with a text. It quotes no string that was received, since that may be a token. */
export interface Fault {
  layer: Layer;
  /** Where in that layer, as a JSON pointer; empty for the whole of it. */
  pointer: string;
  /** What should be there, in words. */
  expected: string;
  /** What is there, in words. */
  found: string;
  /** All of it in one sentence. */
  message: string;
}

/** A fault that is thrown: by encoding, where it is the caller's own mistake. */
export class FrameError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'FrameError';
    this.fault = fault;
  }
}

export function fault(layer: Layer, pointer: string, expected: string, found: string): Fault {
  const place = pointer === '' ? layer : `${layer} at ${pointer}`;
  return { layer, pointer, expected, found, message: `${place}: expected ${expected}, found ${found}` };
}

/** The fault that a validator has found in a value. */
export function faultOf(layer: Layer, value: unknown, violations: readonly Violation[]): Fault {
  const first = violations[0];
  if (first === undefined) return fault(layer, '', 'what its schema says', described(value));
  // Where there is a choice, every alternative has its say; they are worth hearing together if they speak of one thing.
  const alike = violations.filter((one) => one.keyword === first.keyword && one.instancePath === first.instancePath);
  const expected = [...new Set(alike.map(expectations).reduce((all, some) => all.concat(some)))];
  if (first.keyword === 'required' && expected.length > 1) {
    return fault(layer, first.instancePath, listed(expected), 'none of them');
  }
  const pointer = placeOf(first);
  const words = first.keyword === 'required' ? 'a value' : listed(expected);
  return fault(layer, pointer, words, described(valueAt(value, pointer)));
}

// The wire's own members have no names that a JSON pointer would have to escape.
function placeOf({ instancePath, keyword, params }: Violation): string {
  return keyword === 'required' ? `${instancePath}/${String(params['missingProperty'])}` : instancePath;
}

function expectations({ keyword, params }: Violation): string[] {
  const limit = Number(params['limit']);
  switch (keyword) {
    case 'required':
      return [JSON.stringify(params['missingProperty'])];
    case 'type':
      return [`${/^[aio]/.test(String(params['type'])) ? 'an' : 'a'} ${String(params['type'])}`];
    case 'const':
      return [JSON.stringify(params['allowedValue'])];
    case 'enum':
      return (params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value));
    case 'minLength':
      return [limit === 1 ? 'a string that is not empty' : `a string of at least ${limit} characters`];
    case 'maxLength':
      return [`a string of at most ${limit} characters`];
    case 'pattern':
      return [params['pattern'] === NO_CONTROLS ? 'no control characters' : `a match of ${String(params['pattern'])}`];
    case 'minimum':
      return [`at least ${limit}`];
    case 'maximum':
      return [`at most ${limit}`];
    case 'minItems':
      return [limit === 1 ? 'an array that is not empty' : `at least ${limit} items`];
    case 'contains':
      // Ajv does not say what is missing. Only `profiles` has something that it must contain.
      return ['an array with "core" in it'];
    case 'false schema':
      return ['nothing here'];
    default:
      return [`what ${keyword} asks for`];
  }
}

const NO_CONTROLS = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}

/** What a value is, in words that give away no string. */
export function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'string') {
    const length = Array.from(value).length;
    return length === 1 ? 'a string of 1 character' : `a string of ${length} characters`;
  }
  return typeof value === 'object' ? 'an object' : String(value);
}

function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const step of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return found;
}
