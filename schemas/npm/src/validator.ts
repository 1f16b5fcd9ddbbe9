import type { JsonString, JsonValue } from './json-string.js';

/** Says whether a value satisfies a schema. */
export interface Check {
  (value: unknown): boolean;
  /** Why the last value was refused; absent or null where it was not. */
  errors?: Violation[] | null;
}

/**
 * The check of one schema, and so of one layer: a string that should hold JSON passes as any string.
 *
 * It is what Ajv compiles, and so are its errors.
 */
export interface Validator<T> extends Check {
  (value: unknown): value is Unread<T>;
}

/** One way in which a value breaks a schema. */
export interface Violation {
  /** Where in the value, as a JSON pointer. */
  instancePath: string;
  /** Where in the schema. */
  schemaPath: string;
  /** What part of the schema is broken: `maxLength`. */
  keyword: string;
  params: Record<string, unknown>;
}

/** A `T` of which no string has been looked into. */
export type Unread<T> = JsonValue extends T
  ? T
  : T extends JsonString<unknown>
    ? string
    : { [Name in keyof T]: Unread<T[Name]> };
