// Generated from the schemas in `v1` by `npm run generate`; do not edit.

import type { JsonString, JsonValue } from './json-string.js';

/**
 * Where a user's picture is: at most 512 characters. It is passed on, not fetched, and need not be a URL.
 */
export type AvatarUrl = string;

/** What is said, and by whom: what a server must accept as a chat's `chatInfo` (CHAT-8 to CHAT-12). */
export type ChatInfo = MessageChatInfo | QuestionChatInfo | AnswerChatInfo;

/**
 * What was said, and by whom: the data of a 200. It differs from what must be accepted in what a server may have let pass besides (an answer's `orgLogo` and `orgName`).
 */
export type ChatInfoDelivered = MessageChatInfoDelivered | QuestionChatInfoDelivered | AnswerChatInfoDelivered;

/** A chat's place in its topic: the first is 1, and each is one more than the one before (ORD-1). */
export type ChatSeq = number;

/**
 * A frame as a client sends it, and as a server with all profiles must accept it; `type` says which of these it is.
 */
export type ClientFrame = HeartbeatRequest | ChatRequest | JoinRequest | NoticeRequest | UserListRequest | LeaveRequest;

/** What a user is called in front of others: at most 64 characters. */
export type DisplayName = string;

/** The name of one unbroken history of a topic (ROOM-9). Any string; what it means is the server's own. */
export type Epoch = string;

/** Data of an error: one of the reasons of this version (ERR-5). */
export type ErrorData = RateLimited | Refused;

/**
 * What was said, and its place: all members of the chatInfo, and beside them those of the chat (HIST-7).
 */
export type HistoryItem = MessageHistoryItem | QuestionHistoryItem | AnswerHistoryItem;

/** What is answered to who reads a stream (HIST-3, HIST-6). */
export type HistoryResponse =
  | HistoryPageAnswer
  | UnauthenticatedAnswer
  | InvalidRequestAnswer
  | NotJoinedAnswer
  | RateLimitedAnswer
  | UnavailableAnswer
  | OtherAnswer;

/** Data of a 203: a notice, or the server's own word, which has no `from`. */
export type NoticeData = NoticeFromUser | NoticeFromServer;

/** What a server claims to serve: `core`, and each other profile that it does (ROOM-6). */
export type Profiles = string[];

/** What is answered to who asks a question (HIST-3, HIST-21). */
export type QuestionResponse =
  | QuestionAddedAnswer
  | UnauthenticatedAnswer
  | InvalidRequestAnswer
  | NotJoinedAnswer
  | RateLimitedAnswer
  | UnavailableAnswer
  | OtherAnswer;

/** What a client calls its request, so that it knows the answer: 1 to 64 characters (ENV-2). */
export type RequestId = string;

/**
 * A chat's place in its topic: the first is 1, and each is one more than the one before (ORD-1). 0 stands for the time before the first.
 */
export type Seq = number;

/**
 * A frame as a server of this version may send it; `type` and `code` say which of these it is (ENV-11).
 */
export type ServerFrame =
  | HeartbeatAckFrame
  | ChatDeliveryFrame
  | JoinedFrame
  | NoticeAcceptedFrame
  | NoticeDeliveryFrame
  | UserListFrame
  | UserChangeFrame
  | LeftFrame
  | ErrorFrame;

/** A moment by the server's clock, in milliseconds since 1970-01-01T00:00:00 UTC (CHAT-6). */
export type Timestamp = number;

/**
 * What proves who somebody is: 1 to 4096 characters. It is a secret, so nothing here prints it (SEC-1, SEC-3).
 */
export type Token = string;

/** What names a room: 1 to 128 characters without control characters (ROOM-1). */
export type Topic = string;

/** Who somebody is: 1 to 128 characters without control characters. */
export type User = string;

/** Data of a 206: who came to a topic or went, exactly one of the two (PRES-14). */
export type UserChangeData = UsersJoined | UsersLeft;

/** Every root schema, and what it describes. */
export interface Documents {
  'answer-content-delivered': AnswerContentDelivered;
  'answer-content': AnswerContent;
  'chat-info-delivered': ChatInfoDelivered;
  'chat-info': ChatInfo;
  'chat-payload': ChatPayload;
  'client-envelope': ClientEnvelope;
  'client-frame': ClientFrame;
  'error-data': ErrorData;
  'history-response': HistoryResponse;
  'join-payload-without-resume': JoinPayloadWithoutResume;
  'join-payload': JoinPayload;
  'joined-data': JoinedData;
  'left-data': LeftData;
  'notice-accepted-data': NoticeAcceptedData;
  'notice-data': NoticeData;
  'notice-payload': NoticePayload;
  'question-content': QuestionContent;
  'question-request': QuestionRequest;
  'question-response': QuestionResponse;
  'reconnect-after': ReconnectAfter;
  'server-envelope': ServerEnvelope;
  'server-frame': ServerFrame;
  'topic-payload': TopicPayload;
  'user-change-data': UserChangeData;
  'user-list-data': UserListData;
}

/** One kind of what is said. */
export interface AnswerChatInfo {
  /** What kind of thing it is. */
  type: 'answer';
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The answer, as JSON in a string. */
  content: JsonString<AnswerContent>;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Who says it. */
  user: User;
}

/** One kind of what is said. */
export interface AnswerChatInfoDelivered {
  /** What kind of thing it is. */
  type: 'answer';
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The answer, as JSON in a string. */
  content: JsonString<AnswerContentDelivered>;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Who says it. */
  user: User;
}

/** An answer's content. */
export interface AnswerContent {
  /** What is answered. */
  answer: string;
  /** The logo of whoever answers. */
  orgLogo?: string;
  /** The name of whoever answers. */
  orgName?: string;
  /** What was asked. */
  question: string;
}

/**
 * An answer's content as it may be delivered: whether an `orgLogo` or an `orgName` that is no string is refused is left open.
 */
export interface AnswerContentDelivered {
  /** What is answered. */
  answer: string;
  /** Usually a string. */
  orgLogo?: JsonValue;
  /** Usually a string. */
  orgName?: JsonValue;
  /** What was asked. */
  question: string;
}

/** One kind of what was said, and its place. */
export interface AnswerHistoryItem {
  /** What kind of thing it is. */
  type: 'answer';
  /** When the server took it. */
  at: Timestamp;
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The answer, as JSON in a string. */
  content: JsonString<AnswerContentDelivered>;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** Its place in the topic's order. */
  seq: ChatSeq;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Where it was said. */
  topic: Topic;
  /** Who says it. */
  user: User;
}

/** A chat, to everybody in its topic. 200 is this and nothing else, forever (CHAT-7). */
export interface ChatDeliveryFrame {
  /** What the frame is about. */
  type: 2;
  /** What happened. */
  code: 200;
  /** What there is to know, as JSON in a string. */
  data: JsonString<ChatInfoDelivered>;
  /** On a 200: when the server took it. */
  at: Timestamp;
  /** What its sender calls it; it is on every copy. */
  id?: RequestId;
  /** Its place in the topic's order. */
  seq: ChatSeq;
  /** Where it was said. */
  topic: Topic;
}

/** Something to be said in a topic. */
export interface ChatPayload {
  /** What: a JSON text, which is handed on as it is. */
  chatInfo: JsonString<ChatInfo>;
  /** Where. */
  topic: Topic;
}

/** Something said in a topic: answered, and heard by everybody in it, as 200. */
export interface ChatRequest {
  /** What is asked for. */
  type: 2;
  /** Who is speaking. */
  token: Token;
  /** What is asked, as JSON in a string. */
  payLoad: JsonString<ChatPayload>;
  /** What the client calls the request; its answer has it, too. */
  id?: RequestId;
}

/**
 * What a server must be able to read of any client's frame: anything else is answered with 400 `malformed_envelope` (ERR-8).
 */
export interface ClientEnvelope {
  /** What is asked for; one that is not known is answered with 501. */
  type: number;
  /** Who is speaking; one that is empty or too long is answered with 401. */
  token: string;
  /** JSON text, which is looked at once the type is known. */
  payLoad: string;
  /** What the client calls the request. */
  id?: RequestId;
}

/** A request was refused. */
export interface ErrorFrame {
  /** The type of the request, 0 where it has none (ERR-3). */
  type: number;
  /** What is wrong. */
  code: 400 | 401 | 403 | 404 | 422 | 429 | 501 | 503;
  /** Why, as JSON in a string. */
  data: JsonString<ErrorData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** A heartbeat's ack: all that came before it has been handled. */
export interface HeartbeatAckFrame {
  /** What the frame is about. */
  type: 1;
  /** What happened. */
  code: 100;
  /** Always empty. */
  data: '';
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** A sign of life, and a fence: answered by 100. */
export interface HeartbeatRequest {
  /** What is asked for. */
  type: 1;
  /** Who is speaking. */
  token: Token;
  /** Never parsed; usually empty. */
  payLoad: string;
  /** What the client calls the request; its answer has it, too. */
  id?: RequestId;
}

/** A page of a stream, oldest first (HIST-6, HIST-11). */
export interface HistoryPage {
  /** The chats. */
  items: HistoryItem[];
  /** The page that was asked for. */
  page: number;
  /** How many chats a page was to have. */
  resultsPerPage: number;
  /** How many chats of the stream and kind are kept. */
  total: number;
}

/** Done. */
export interface HistoryPageAnswer {
  /** The HTTP status once more. */
  code: 200;
  /** What was asked for. */
  data: HistoryPage;
}

/** Refused. */
export interface InvalidRequestAnswer {
  /** The HTTP status once more. */
  code: 422;
  /** Why not. */
  data: {
    /** What exactly, for whoever reads it. */
    message?: string;
    /** Why, in one word. */
    reason: 'invalid_payload';
    /** When another try makes sense, in milliseconds from now. */
    retryAfterMs?: number;
  };
}

/** The wish to enter a topic. */
export interface JoinPayload {
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** What the user is called on the list. */
  displayName?: DisplayName;
  /** The last chat that the client has, for what it missed (profile resume). */
  since?: Since;
  /** Which one. */
  topic: Topic;
}

/**
 * The wish to enter a topic, as a server without profile resume must accept it: `since` may be anything, and is ignored (ROOM-14).
 */
export interface JoinPayloadWithoutResume {
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** What the user is called on the list. */
  displayName?: DisplayName;
  /** Which one. */
  topic: Topic;
}

/** Entering a topic: answered by 201. */
export interface JoinRequest {
  /** What is asked for. */
  type: 3;
  /** Who is speaking. */
  token: Token;
  /** What is asked, as JSON in a string. */
  payLoad: JsonString<JoinPayload>;
  /** What the client calls the request; its answer has it, too. */
  id?: RequestId;
}

/** Data of a 201: where the new member stands, and what the server is (ROOM-4). */
export interface JoinedData {
  /** The topic's unbroken history. */
  epoch: Epoch;
  /** The limits that it declares. */
  limits: Limits;
  /** What the server claims to serve. */
  profiles: Profiles;
  /** Whether the missed chats follow; only as an answer to `since` (profile resume, RES-1). */
  recovered?: boolean;
  /** The last chat before the join: the first live one is the next. */
  seq: Seq;
  /** The topic that was joined. */
  topic: Topic;
  /** Who the server takes the connection for. */
  user: User;
  /** The version of the wire. */
  version: 1;
}

/** Joined. */
export interface JoinedFrame {
  /** What the frame is about. */
  type: 3;
  /** What happened. */
  code: 201;
  /** What there is to know, as JSON in a string. */
  data: JsonString<JoinedData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** Leaving a topic: answered by 204. */
export interface LeaveRequest {
  /** What is asked for. */
  type: 6;
  /** Who is speaking. */
  token: Token;
  /** What is asked, as JSON in a string. */
  payLoad: JsonString<TopicPayload>;
  /** What the client calls the request; its answer has it, too. */
  id?: RequestId;
}

/** Data of a 204: which topic was left (ROOM-16). */
export interface LeftData {
  /** The topic. */
  topic: Topic;
}

/** Left, or not there in the first place. */
export interface LeftFrame {
  /** What the frame is about. */
  type: 6;
  /** What happened. */
  code: 204;
  /** What there is to know, as JSON in a string. */
  data: JsonString<LeftData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** What a server declares about itself in `limits` of a 201 (ROOM-7, PRES-3). */
export interface Limits {
  /** How long a new connection may go without an accepted frame, in milliseconds. */
  authTimeoutMs: number;
  /** How long a connection may be silent, in milliseconds. */
  heartbeatTimeoutMs: number;
  /** The longest message that a client may send, in bytes. */
  maxMessageBytes: number;
  /** How much may wait for a connection that does not read, in bytes. */
  maxQueueBytes: number;
  /** How many topics a connection may be in. */
  maxTopics: number;
  /**
   * How long a user whose connection broke stays on the list, in milliseconds. Only with profile presence.
   */
  presenceGraceMs?: number;
  /** How many users a list shows before it is cut. Only with profile presence. */
  rosterMax?: number;
}

/** One user on a list. */
export interface Member {
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** What the user is called. */
  displayName?: DisplayName;
  /** Who. */
  user: User;
}

/** One kind of what is said. */
export interface MessageChatInfo {
  /** What kind of thing it is. */
  type: 'message';
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The text. */
  content: string;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Who says it. */
  user: User;
}

/** One kind of what is said. */
export interface MessageChatInfoDelivered {
  /** What kind of thing it is. */
  type: 'message';
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The text. */
  content: string;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Who says it. */
  user: User;
}

/** One kind of what was said, and its place. */
export interface MessageHistoryItem {
  /** What kind of thing it is. */
  type: 'message';
  /** When the server took it. */
  at: Timestamp;
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The text. */
  content: string;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** Its place in the topic's order. */
  seq: ChatSeq;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Where it was said. */
  topic: Topic;
  /** Who says it. */
  user: User;
}

/** Refused. */
export interface NotJoinedAnswer {
  /** The HTTP status once more. */
  code: 403;
  /** Why not. */
  data: {
    /** What exactly, for whoever reads it. */
    message?: string;
    /** Why, in one word. */
    reason: 'not_joined';
    /** When another try makes sense, in milliseconds from now. */
    retryAfterMs?: number;
  };
}

/** Data of a 202: which notice was accepted (NOTE-1). */
export interface NoticeAcceptedData {
  /** To whom. */
  to: User;
  /** Where. */
  topic: Topic;
}

/** A notice is on its way. */
export interface NoticeAcceptedFrame {
  /** What the frame is about. */
  type: 4;
  /** What happened. */
  code: 202;
  /** What there is to know, as JSON in a string. */
  data: JsonString<NoticeAcceptedData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** A notice, or the server's own word; it answers no request of its receiver. */
export interface NoticeDeliveryFrame {
  /** What the frame is about. */
  type: 4;
  /** What happened. */
  code: 203;
  /** What there is to know, as JSON in a string. */
  data: JsonString<NoticeData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  id?: never;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** The server's own word: one that drains says `{"reconnectAfterMs":2000}` (LIMIT-18, NOTE-13). */
export interface NoticeFromServer {
  /** What: any JSON value, null included. */
  data: JsonValue;
  from?: never;
  /** Where, unless it concerns the whole connection. */
  topic?: Topic;
}

/** A notice from a user of the topic (NOTE-2). */
export interface NoticeFromUser {
  /** What: any JSON value, null included. */
  data: JsonValue;
  /** From whom. */
  from: User;
  /** Where. */
  topic: Topic;
}

/** A private word to one user of a topic (profile notice, NOTE-3). */
export interface NoticePayload {
  /** What: any JSON value, null included. */
  data: JsonValue;
  /** To whom. */
  to: User;
  /** Where. */
  topic: Topic;
}

/** A private word to one user of a topic: answered by 202, heard by its target as 203. */
export interface NoticeRequest {
  /** What is asked for. */
  type: 4;
  /** Who is speaking. */
  token: Token;
  /** What is asked, as JSON in a string. */
  payLoad: JsonString<NoticePayload>;
  /** What the client calls the request; its answer has it, too. */
  id?: RequestId;
}

/** Refused for what this version has no word for. */
export interface OtherAnswer {
  /** The HTTP status once more. */
  code: number;
  data: Record<string, JsonValue>;
}

/** Where a question was said (HIST-21). */
export interface QuestionAdded {
  /** Its place in the topic's order. */
  seq: ChatSeq;
  /** The topic. */
  topic: Topic;
}

/** Done. */
export interface QuestionAddedAnswer {
  /** The HTTP status once more. */
  code: 200;
  /** What was asked for. */
  data: QuestionAdded;
}

/** One kind of what is said. */
export interface QuestionChatInfo {
  /** What kind of thing it is. */
  type: 'question';
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The question, as JSON in a string. */
  content: JsonString<QuestionContent>;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Who says it. */
  user: User;
}

/** One kind of what is said. */
export interface QuestionChatInfoDelivered {
  /** What kind of thing it is. */
  type: 'question';
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The question, as JSON in a string. */
  content: JsonString<QuestionContent>;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Who says it. */
  user: User;
}

/** A question's content. */
export interface QuestionContent {
  /** The question. */
  content: string;
}

/** One kind of what was said, and its place. */
export interface QuestionHistoryItem {
  /** What kind of thing it is. */
  type: 'question';
  /** When the server took it. */
  at: Timestamp;
  /** Where the user's picture is. */
  avatarurl?: AvatarUrl;
  /** The question, as JSON in a string. */
  content: JsonString<QuestionContent>;
  /** When, in the client's own words. */
  createdat?: string;
  /** What the user is called. */
  displayName?: DisplayName;
  /** Its place in the topic's order. */
  seq: ChatSeq;
  /** The stream that it is about; history is read by it. */
  stream?: string;
  /** Where it was said. */
  topic: Topic;
  /** Who says it. */
  user: User;
}

/** The body of a question (HIST-25). */
export interface QuestionRequest {
  /** The question. */
  content: string;
  /** The stream that it is about. */
  streamId: string;
  /** Where it is said; without it, in the one topic that the user is in. */
  topic?: Topic;
}

/** Too much at once: it always says when to try again (ERR-14). */
export interface RateLimited {
  /** What exactly, for whoever reads it. */
  message?: string;
  /** Why, in one word. */
  reason: 'rate_limited';
  /** When another try makes sense, in milliseconds from now. */
  retryAfterMs: number;
}

/** Refused. */
export interface RateLimitedAnswer {
  /** The HTTP status once more. */
  code: 429;
  /** Why not. */
  data: {
    /** What exactly, for whoever reads it. */
    message?: string;
    /** Why, in one word. */
    reason: 'rate_limited';
    /** When another try makes sense, in milliseconds from now. */
    retryAfterMs?: number;
  };
}

/** What a draining server announces (LIMIT-18, NOTE-13). */
export interface ReconnectAfter {
  /** When to come back, in milliseconds from now. */
  reconnectAfterMs: number;
}

/** Why a frame was refused. */
export interface Refused {
  /** What exactly, for whoever reads it. */
  message?: string;
  /** Why, in one word. */
  reason:
    | 'malformed_envelope'
    | 'unauthenticated'
    | 'wrong_user'
    | 'unknown_type'
    | 'invalid_payload'
    | 'too_many_topics'
    | 'not_joined'
    | 'wrong_author'
    | 'no_such_member'
    | 'unavailable';
  /** When another try makes sense, in milliseconds from now. */
  retryAfterMs?: number;
}

/**
 * What a client must be able to read of any server's frame, also of a later version's: it ignores a pair of type and code that it does not know (GROW-4).
 */
export interface ServerEnvelope {
  /** What the frame is about, known or not. */
  type: number;
  /** What happened, known or not. */
  code: number;
  /** JSON text, or an empty string. */
  data: string;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** A place in one unbroken history of a topic (RES-8). */
export interface Since {
  /** Which history. */
  epoch: Epoch;
  /** The last chat of it that is known; 0 for none. */
  seq: Seq;
}

/** What a user-list and a leave are about. */
export interface TopicPayload {
  /** Which one. */
  topic: Topic;
}

/** Refused. */
export interface UnauthenticatedAnswer {
  /** The HTTP status once more. */
  code: 401;
  /** Why not. */
  data: {
    /** What exactly, for whoever reads it. */
    message?: string;
    /** Why, in one word. */
    reason: 'unauthenticated';
    /** When another try makes sense, in milliseconds from now. */
    retryAfterMs?: number;
  };
}

/** Refused. */
export interface UnavailableAnswer {
  /** The HTTP status once more. */
  code: 503;
  /** Why not. */
  data: {
    /** What exactly, for whoever reads it. */
    message?: string;
    /** Why, in one word. */
    reason: 'unavailable';
    /** When another try makes sense, in milliseconds from now. */
    retryAfterMs?: number;
  };
}

/** Who came or went; it answers no request. */
export interface UserChangeFrame {
  /** What the frame is about. */
  type: 5;
  /** What happened. */
  code: 206;
  /** What there is to know, as JSON in a string. */
  data: JsonString<UserChangeData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  id?: never;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** Data of a 205: everybody in a topic (PRES-1). */
export interface UserListData {
  /** How many users there are, whether shown or not. */
  count: number;
  /** Which topic. */
  topic: Topic;
  /** Whether the list was cut; absent where it was not. */
  truncated?: true;
  /** The users, up to `limits.rosterMax`. */
  users: Member[];
}

/** Everybody in a topic. */
export interface UserListFrame {
  /** What the frame is about. */
  type: 5;
  /** What happened. */
  code: 205;
  /** What there is to know, as JSON in a string. */
  data: JsonString<UserListData>;
  /** On a 200: when the server took it. */
  at?: Timestamp;
  /** The id of the request that it answers. */
  id?: RequestId;
  /** On a 200: its place in the topic's order. */
  seq?: Seq;
  /** On a 200 and on errors: the topic. */
  topic?: Topic;
}

/** Who is in a topic: answered by 205. */
export interface UserListRequest {
  /** What is asked for. */
  type: 5;
  /** Who is speaking. */
  token: Token;
  /** What is asked, as JSON in a string. */
  payLoad: JsonString<TopicPayload>;
  /** What the client calls the request; its answer has it, too. */
  id?: RequestId;
}

/** They are on the list now. */
export interface UsersJoined {
  /** How many users there are now. */
  count: number;
  /** They are on the list now. */
  joined: Member[];
  left?: never;
  /** Which topic. */
  topic: Topic;
}

/** They are not on the list any more. */
export interface UsersLeft {
  /** How many users there are now. */
  count: number;
  joined?: never;
  /** They are not on the list any more. */
  left: Member[];
  /** Which topic. */
  topic: Topic;
}
