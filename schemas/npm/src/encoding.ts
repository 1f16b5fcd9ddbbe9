import { type DecodedClientFrame, type DecodedServerFrame, decodeClientFrame, decodeServerFrame } from './decoding.js';
import { fault, FrameError } from './fault.js';
import { type Decoded, type JsonString, toJson } from './json-string.js';
import type * as wire from './wire.js';

/**
 * Writes a client's frame: each document inside it becomes a string at its level.
 *
 * @throws FrameError where the frame breaks its schema. The caller can know better, so it is thrown, not returned.
 */
export function encodeClientFrame(frame: DecodedClientFrame): JsonString<wire.ClientFrame> {
  const text = toJson(frame.type === 1 ? frame : { ...frame, payLoad: toJson(payloadOf(frame)) });
  return sound(text, decodeClientFrame(text)) as JsonString<wire.ClientFrame>;
}

/**
 * Writes a server's frame, as a test or a stand-in for a server needs it. A server proper hands on the very string that
 * was sent as chatInfo, and does not write it anew.
 *
 * @throws FrameError where the frame breaks its schema.
 */
export function encodeServerFrame(frame: DecodedServerFrame): JsonString<wire.ServerFrame> {
  const text = toJson(frame.code === 100 ? frame : { ...frame, data: toJson(dataOf(frame)) });
  return sound(text, decodeServerFrame(text)) as JsonString<wire.ServerFrame>;
}

function payloadOf(frame: Exclude<DecodedClientFrame, { type: 1 }>): unknown {
  if (frame.type !== 2) return frame.payLoad;
  return { ...frame.payLoad, chatInfo: toJson(chatInfoOf(frame.payLoad.chatInfo)) };
}

function dataOf(frame: Exclude<DecodedServerFrame, { code: 100 }>): unknown {
  return frame.code === 200 ? chatInfoOf(frame.data) : frame.data;
}

function chatInfoOf(info: Decoded<wire.ChatInfo | wire.ChatInfoDelivered>): unknown {
  return info.type === 'message' ? info : { ...info, content: toJson(info.content) };
}

/** The text, where reading it again finds no fault: what is not to be read is not to be sent. */
function sound(text: string, decoding: ReturnType<typeof decodeClientFrame | typeof decodeServerFrame>): string {
  if (decoding.outcome === 'fault') throw new FrameError(decoding.fault);
  if (decoding.outcome === 'unknown') {
    throw new FrameError(fault('envelope', '', 'a frame of this version', 'one that it does not know'));
  }
  return text;
}
