// What is right is accepted, with the types that it has. The compiler is the test: see `types.test.mjs`.

import {
  type ChatDeliveryFrame,
  type ChatInfo,
  type Decoded,
  type DecodedServerFrame,
  decodeClientFrame,
  decodeServerFrame,
  type ErrorFrame,
  encodeClientFrame,
  encodeServerFrame,
  type Fault,
  FrameError,
  fromJson,
  isRefusal,
  type JoinedData,
  type JsonString,
  type JsonValue,
  type MessageChatInfo,
  type QuestionContent,
  type ServerEnvelope,
  type ServerFrame,
  toJson,
} from 'roomwire-schemas';
import { joinedData, serverFrame, type Validator, validators } from 'roomwire-schemas/validators';

/** Whether two types are the same, and not only fit each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

declare function same<A, B>(yes: Same<A, B>): void;

/** A case that is never reached: the compiler knows that all others were. */
function never(rest: never): never {
  throw new Error(String(rest));
}

// A frame is told by its code, and all that it holds follows.
export function draw(frame: DecodedServerFrame): string {
  switch (frame.code) {
    case 100:
      return frame.data;
    case 200:
      same<typeof frame.seq, number>(true);
      return drawChat(frame.data);
    case 201:
      same<typeof frame.data, Decoded<JoinedData>>(true);
      same<typeof frame.data.recovered, boolean | undefined>(true);
      return frame.data.profiles.join();
    case 202:
      return frame.data.to;
    case 203:
      // Without `from` it is the server's own word, which may be about no topic.
      return frame.data.from === undefined ? (frame.data.topic ?? '') : frame.data.topic + frame.data.from;
    case 204:
      return frame.data.topic;
    case 205:
      return frame.data.users.map(({ user, displayName = user }) => displayName).join();
    case 206:
      return (frame.data.joined ?? frame.data.left).map(({ user }) => user).join();
    default:
      return refused(frame);
  }
}

function drawChat(info: Decoded<ChatDeliveryFrame>['data']): string {
  switch (info.type) {
    case 'message':
      return info.content;
    case 'question':
      return info.content.content;
    case 'answer':
      same<typeof info.content.orgLogo, JsonValue | undefined>(true);
      return `${info.content.question} ${info.content.answer}`;
    default:
      return never(info);
  }
}

function refused(frame: Decoded<ErrorFrame>): string {
  if (frame.data.reason === 'rate_limited') return String(frame.data.retryAfterMs satisfies number);
  return frame.data.reason;
}

// A pair of type and code tells as much.
export function tell(frame: DecodedServerFrame): string | undefined {
  if (frame.type === 5 && frame.code === 206) return frame.data.topic;
  if (isRefusal(frame)) return frame.data.message;
  same<typeof frame.code, 100 | 200 | 201 | 202 | 203 | 204 | 205 | 206>(true);
  return undefined;
}

// An outcome is told by its name.
export function outcome(text: string): DecodedServerFrame | ServerEnvelope | Fault {
  const decoding = decodeServerFrame(text);
  if (decoding.outcome === 'frame') return decoding.frame;
  return decoding.outcome === 'unknown' ? decoding.envelope : decoding.fault;
}

const requests = decodeClientFrame('');
if (requests.outcome === 'frame' && requests.frame.type === 2) {
  same<typeof requests.frame.payLoad.chatInfo, Decoded<ChatInfo>>(true);
}

// What a client sends is written without a thought of strings in strings.
encodeClientFrame({ token: 't', type: 1, payLoad: '' });
encodeClientFrame({ token: 't', type: 3, payLoad: { topic: '8017', since: { epoch: 'e1', seq: 41 } }, id: 'a-1' });
encodeClientFrame({
  token: 't',
  type: 2,
  payLoad: { topic: '8017', chatInfo: { user: 'u1', type: 'question', content: { content: 'Why?' } } },
});
encodeClientFrame({ token: 't', type: 4, payLoad: { topic: '8017', to: 'bob', data: { a: [1, null, { b: true }] } } });
encodeServerFrame({ type: 5, code: 206, data: { topic: '8017', count: 1, left: [{ user: 'bob' }] } }) satisfies string;

// On the wire, what is JSON in a string says what it holds.
declare const delivery: ChatDeliveryFrame;
const info = fromJson(delivery.data);
if (info.type === 'question') same<ReturnType<typeof fromJson<QuestionContent>>, QuestionContent>(true);
const text: JsonString<MessageChatInfo> = toJson({ user: 'u1', type: 'message', content: 'hi' });
const chatInfo: JsonString<ChatInfo> = text;
chatInfo satisfies string;

// A validator narrows a value, as far as it has looked: not into strings.
declare const value: unknown;
if (serverFrame(value) && value.code === 200) same<typeof value.data, string>(true);
if (joinedData(value)) same<typeof value.limits.maxTopics, number>(true);
same<(typeof validators)['server-frame'], Validator<ServerFrame>>(true);

export const message: string = new FrameError({
  layer: 'payload',
  pointer: '/topic',
  expected: 'a value',
  found: 'nothing',
  message: '',
}).fault.pointer;
