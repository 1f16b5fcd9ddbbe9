// What is wrong is refused: an `@ts-expect-error` over a line that compiles is an error itself.

import {
  type AnswerContent,
  type ChatRequest,
  type DecodedServerFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  fromJson,
  type JsonString,
  type NoticeDeliveryFrame,
  type QuestionContent,
  type QuestionChatInfo,
  toJson,
} from 'roomwire-schemas';
import { joinedData, validators } from 'roomwire-schemas/validators';

declare const frame: DecodedServerFrame;
declare const question: JsonString<QuestionContent>;

// @ts-expect-error: what a frame holds is not known before its code is
frame.data.topic;

// @ts-expect-error: an error has no `users`
if (frame.code === 403) frame.data.users;

// @ts-expect-error: there is no such pair
if (frame.type === 3 && frame.code === 200) frame.data;

// @ts-expect-error: there is no such code in this version
if (frame.code === 207) frame.data;

// @ts-expect-error: only a question has content in its content
if (frame.code === 200) frame.data.content.content;

// @ts-expect-error: whether anybody is in `joined` is not known
if (frame.code === 206) frame.data.joined.length;

// @ts-expect-error: whether it is a notice is not known before the outcome is looked at
decodeServerFrame('').frame;

// @ts-expect-error: a string is not JSON only because it is a string
export const plain: JsonString<QuestionContent> = '{"content":"Why?"}';

// @ts-expect-error: nor is the document itself
export const document: JsonString<QuestionContent> = { content: 'Why?' };

// @ts-expect-error: an answer's text is no question's
export const answer: JsonString<AnswerContent> = question;

// @ts-expect-error: what is read is a document, not its text
fromJson(question).length;

// @ts-expect-error: text that is of no type cannot be read as one
fromJson('{}');

export const info: QuestionChatInfo = {
  user: 'u1',
  type: 'question',
  // @ts-expect-error: on the wire a question's content is JSON in a string
  content: { content: 'Why?' },
};

export const request: ChatRequest = {
  token: 't',
  type: 2,
  // @ts-expect-error: a chatInfo is a string once more
  payLoad: toJson({ topic: '8017', chatInfo: { user: 'u1', type: 'message', content: 'hi' } }),
};

// @ts-expect-error: a push is no answer, and has no id
export const push: NoticeDeliveryFrame = { type: 4, code: 203, data: toJson({ data: 1 }), id: 'a' };

// @ts-expect-error: a leave has a topic
encodeClientFrame({ token: 't', type: 6, payLoad: {} });

// @ts-expect-error: a leave has no text as its payLoad; that is made of it
encodeClientFrame({ token: 't', type: 6, payLoad: '{"topic":"8017"}' });

// @ts-expect-error: there is no such type
encodeClientFrame({ token: 't', type: 7, payLoad: { topic: '8017' } });

// @ts-expect-error: an id that is not there is left out, not null
encodeClientFrame({ token: 't', type: 1, payLoad: '', id: null });

// @ts-expect-error: it is `payLoad`, with a capital in the middle
encodeClientFrame({ token: 't', type: 6, payload: { topic: '8017' } });

encodeClientFrame({
  token: 't',
  type: 2,
  // @ts-expect-error: a message is a text, not a document
  payLoad: { topic: 't', chatInfo: { user: 'u', type: 'message', content: {} } },
});

// @ts-expect-error: undefined is no JSON value
encodeClientFrame({ token: 't', type: 4, payLoad: { topic: '8017', to: 'bob', data: undefined } });

// @ts-expect-error: a 206 is about those who came or those who went
encodeServerFrame({ type: 5, code: 206, data: { topic: '8017', count: 1, joined: [], left: [] } });

// @ts-expect-error: a 429 says when to try again
encodeServerFrame({ type: 2, code: 429, data: { reason: 'rate_limited' } });

// @ts-expect-error: there is no such schema
validators['server-frames'];

declare const value: unknown;

// @ts-expect-error: nobody has looked yet
value.limits;

// @ts-expect-error: the schema knows no such member
if (joinedData(value)) value.limit;
