import * as check from './validators.js';
import { described, fault, faultOf, FrameError, type Layer } from './fault.js';
import type { Check, Unread, Validator } from './validator.js';
import type * as wire from './wire.js';

/** Checks what a layer holds, and reads the layers inside it. Faults are thrown. */
export type Reader = (value: unknown) => unknown;

/** Reads JSON text. What the engine says of bad text is not passed on, since it quotes it. */
export function parsed(text: unknown, layer: Layer): unknown {
  if (typeof text !== 'string') throw new FrameError(fault(layer, '', 'JSON in a string', described(text)));
  try {
    return JSON.parse(text);
  } catch {
    const found = text === '' ? 'an empty string' : 'a string that is not JSON';
    throw new FrameError(fault(layer, '', 'JSON', found));
  }
}

/** Throws what is wrong with a value that does not pass. */
export function verify(value: unknown, layer: Layer, check: Check): void {
  if (!check(value)) throw new FrameError(faultOf(layer, value, check.errors ?? []));
}

/** The same, for a value that is looked at afterwards. */
export function checked<T>(value: unknown, layer: Layer, validator: Validator<T>): Unread<T> {
  verify(value, layer, validator);
  return value as Unread<T>;
}

/** A reader of what has nothing inside. */
export function reader(layer: Layer, check: Check): Reader {
  return (value) => {
    verify(value, layer, check);
    return value;
  };
}

export function readChat(value: unknown): unknown {
  const payload = checked(value, 'payload', check.chatPayload);
  return { ...payload, chatInfo: readChatInfo(parsed(payload.chatInfo, 'chatInfo'), SENT) };
}

export function readDelivery(value: unknown): unknown {
  return readChatInfo(value, DELIVERED);
}

// Where a schema is a choice, the alternative that is meant is checked by itself: it knows what is wrong, while the
// choice only knows that none of them fits.

export function readNotice(value: unknown): unknown {
  return checkedAs(value, member(value, 'from') === undefined ? check.noticeFromServer : check.noticeFromUser);
}

export function readChange(value: unknown): unknown {
  if (member(value, 'joined') !== undefined) return checkedAs(value, check.usersJoined);
  return checkedAs(value, member(value, 'left') === undefined ? check.userChangeData : check.usersLeft);
}

export function readError(value: unknown): unknown {
  return checkedAs(value, member(value, 'reason') === 'rate_limited' ? check.rateLimited : check.refused);
}

function checkedAs(data: unknown, meant: Check): unknown {
  verify(data, 'data', meant);
  return data;
}

/** Whether an error's data has a reason that this version does not know, which is no fault. */
export function isOfLaterVersion(data: unknown): boolean {
  const reason = member(data, 'reason');
  return typeof reason === 'string' && Object.keys(REASONS).indexOf(reason) < 0;
}

// A record, so that the compiler misses a reason that is not here.
const REASONS: Record<wire.ErrorData['reason'], true> = {
  malformed_envelope: true,
  unauthenticated: true,
  wrong_user: true,
  unknown_type: true,
  invalid_payload: true,
  too_many_topics: true,
  not_joined: true,
  wrong_author: true,
  no_such_member: true,
  rate_limited: true,
  unavailable: true,
};

/** How a chatInfo is checked: one of a kind, with what is in its content, and one of no kind that is known. */
interface ChatInfos {
  any: Check;
  kinds: Record<string, { info: Check; content?: Check }>;
}

const SENT: ChatInfos = {
  any: check.chatInfo,
  kinds: {
    message: { info: check.messageChatInfo },
    question: { info: check.questionChatInfo, content: check.questionContent },
    answer: { info: check.answerChatInfo, content: check.answerContent },
  },
};

const DELIVERED: ChatInfos = {
  any: check.chatInfoDelivered,
  kinds: {
    message: { info: check.messageChatInfoDelivered },
    question: { info: check.questionChatInfoDelivered, content: check.questionContent },
    answer: { info: check.answerChatInfoDelivered, content: check.answerContentDelivered },
  },
};

function readChatInfo(value: unknown, { any, kinds }: ChatInfos): unknown {
  const type = member(value, 'type');
  const kind = typeof type === 'string' && Object.keys(kinds).indexOf(type) >= 0 ? kinds[type] : undefined;
  verify(value, 'chatInfo', kind?.info ?? any);
  if (kind?.content === undefined) return value;
  const content = parsed(member(value, 'content'), 'content');
  verify(content, 'content', kind.content);
  return { ...(value as object), content };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
