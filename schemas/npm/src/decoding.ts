import * as check from './validators.js';
import { type Fault, FrameError } from './fault.js';
import type { Decoded } from './json-string.js';
import {
  checked,
  isOfLaterVersion,
  parsed,
  readChange,
  readChat,
  readDelivery,
  readError,
  readNotice,
  reader,
  type Reader,
  verify,
} from './layers.js';
import type { Check } from './validator.js';
import type * as wire from './wire.js';

/**
 * What became of a text: a frame with everything in it read, an envelope of a kind that this version does not know, or
 * what is wrong.
 */
export type Decoding<Frame, Envelope> =
  { outcome: 'frame'; frame: Frame } | { outcome: 'unknown'; envelope: Envelope } | { outcome: 'fault'; fault: Fault };

/** A client's frame with everything in it read. */
export type DecodedClientFrame = Decoded<wire.ClientFrame>;

/** A server's frame with everything in it read. */
export type DecodedServerFrame = Decoded<wire.ServerFrame>;

/**
 * Reads a server's frame, and what is in it down to the content of a question.
 *
 * The outcome is `unknown` for what only a later version can have sent, which a client ignores: a pair of type and code,
 * or an error's reason. Whether that was a refusal is for `isRefusal` to say.
 */
export function decodeServerFrame(text: string): Decoding<DecodedServerFrame, wire.ServerEnvelope> {
  return attempt(() => {
    const envelope = checked(parsed(text, 'envelope'), 'envelope', check.serverEnvelope);
    const kind = KINDS[`${envelope.type} ${envelope.code}`] ?? (envelope.code in REFUSALS ? REFUSED : undefined);
    if (kind === undefined) return { outcome: 'unknown', envelope };
    verify(envelope, 'envelope', kind.frame);
    if (kind.inside === undefined) return { outcome: 'frame', frame: envelope };
    const data = parsed(envelope.data, envelope.code === 200 ? 'chatInfo' : 'data');
    if (kind === REFUSED && isOfLaterVersion(data)) return { outcome: 'unknown', envelope };
    return { outcome: 'frame', frame: { ...envelope, data: kind.inside(data) } };
  });
}

/**
 * Reads a client's frame, and what is in it down to the content of a question.
 *
 * The outcome is `unknown` for a type that this version does not have.
 */
export function decodeClientFrame(text: string): Decoding<DecodedClientFrame, wire.ClientEnvelope> {
  return attempt(() => {
    const envelope = checked(parsed(text, 'envelope'), 'envelope', check.clientEnvelope);
    const kind = REQUESTS[envelope.type];
    if (kind === undefined) return { outcome: 'unknown', envelope };
    verify(envelope, 'envelope', kind.frame);
    if (kind.inside === undefined) return { outcome: 'frame', frame: envelope };
    return { outcome: 'frame', frame: { ...envelope, payLoad: kind.inside(parsed(envelope.payLoad, 'payload')) } };
  });
}

/** Whether a frame says that a request was refused, for a reason of this version or of a later one. */
export function isRefusal(frame: DecodedServerFrame): frame is Decoded<wire.ErrorFrame>;
export function isRefusal(frame: { code: number }): boolean;
export function isRefusal(frame: { code: number }): boolean {
  return frame.code >= 400 && frame.code <= 599;
}

/** How frames of one kind are checked, and how what they hold is read; absent where they hold nothing. */
interface Kind {
  frame: Check;
  inside?: Reader;
}

const REQUESTS: Record<number, Kind> = {
  1: { frame: check.heartbeatRequest },
  2: { frame: check.chatRequest, inside: readChat },
  3: { frame: check.joinRequest, inside: reader('payload', check.joinPayload) },
  4: { frame: check.noticeRequest, inside: reader('payload', check.noticePayload) },
  5: { frame: check.userListRequest, inside: reader('payload', check.topicPayload) },
  6: { frame: check.leaveRequest, inside: reader('payload', check.topicPayload) },
};

const KINDS: Record<string, Kind> = {
  '1 100': { frame: check.heartbeatAckFrame },
  '2 200': { frame: check.chatDeliveryFrame, inside: readDelivery },
  '3 201': { frame: check.joinedFrame, inside: reader('data', check.joinedData) },
  '4 202': { frame: check.noticeAcceptedFrame, inside: reader('data', check.noticeAcceptedData) },
  '4 203': { frame: check.noticeDeliveryFrame, inside: readNotice },
  '5 205': { frame: check.userListFrame, inside: reader('data', check.userListData) },
  '5 206': { frame: check.userChangeFrame, inside: readChange },
  '6 204': { frame: check.leftFrame, inside: reader('data', check.leftData) },
};

const REFUSED: Kind = { frame: check.errorFrame, inside: readError };

// A record, so that the compiler misses a code that is not here.
const REFUSALS: Record<wire.ErrorFrame['code'], true> = {
  400: true,
  401: true,
  403: true,
  404: true,
  422: true,
  429: true,
  501: true,
  503: true,
};

/** Runs a reading, whose faults are thrown. Its frame is what its validators say it is. */
function attempt<Frame, Envelope>(
  run: () => { outcome: 'frame'; frame: unknown } | { outcome: 'unknown'; envelope: Envelope },
): Decoding<Frame, Envelope> {
  try {
    return run() as Decoding<Frame, Envelope>;
  } catch (error) {
    if (error instanceof FrameError) return { outcome: 'fault', fault: error.fault };
    throw error;
  }
}
