declare const held: unique symbol;

/**
 * A string that holds the JSON text of a `T`.
 *
 * On the wire most frames are such a string inside JSON, some of them three levels deep. The brand keeps the levels
 * apart: where a `JsonString<Question>` is wanted, neither a `Question` nor any other string will do.
 */
export type JsonString<T> = string & { readonly [held]: T };

/**
 * A `T` with everything read that it holds as JSON in a string, at every level.
 *
 * `Decoded<ChatDelivery>`, for one, has a chatInfo as its `data`, not the text of one.
 */
export type Decoded<T> = JsonValue extends T
  ? T
  : T extends JsonString<infer Held>
    ? Decoded<Held>
    : { [Name in keyof T]: Decoded<T[Name]> };

/** Any JSON value. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** Writes a value as JSON text. */
export function toJson<T>(value: T): JsonString<T> {
  return JSON.stringify(value) as JsonString<T>;
}

/**
 * Reads JSON text of which the type is known: the `content` of a chat that was validated, for one.
 *
 * It checks nothing: what comes from a stranger goes through `decodeServerFrame` and its like.
 *
 * @throws SyntaxError where it is not JSON.
 */
export function fromJson<T>(text: JsonString<T>): T {
  return JSON.parse(text) as T;
}
