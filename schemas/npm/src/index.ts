export {
  type DecodedClientFrame,
  type DecodedServerFrame,
  type Decoding,
  decodeClientFrame,
  decodeServerFrame,
  isRefusal,
} from './decoding.js';
export { encodeClientFrame, encodeServerFrame } from './encoding.js';
export { type Fault, FrameError, type Layer } from './fault.js';
export { type Decoded, type JsonString, type JsonValue, fromJson, toJson } from './json-string.js';
export type * from './wire.js';
