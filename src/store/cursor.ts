import { refuse } from '../base/errors.ts';

/** The content of a cursor, after the name of its list. */
export type CursorKey = readonly (string | number | boolean | null)[];

/** The position at which the next page begins, as opaque text. */
export function cursorOf(list: string, ...key: CursorKey): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** The kinds of values in a cursor: any text, or a whole number of at least 0. */
interface Kinds {
  readonly text: string;
  readonly count: number;
}

type KeyOf<S extends readonly (keyof Kinds)[]> = { -readonly [I in keyof S]: Kinds[S[I]] };

/**
 * The key that {@link cursorOf} was given, which must have this shape.
 *
 * @throws invalid_params for invented text and for a cursor of another list
 */
export function readCursor<const S extends readonly (keyof Kinds)[]>(list: string, cursor: string, shape: S): KeyOf<S> {
  const key = readAnyCursor(list, cursor);
  if (key.length !== shape.length || !key.every((value, i) => isOfKind(value, shape[i]))) throw notOf(list);
  return key as KeyOf<S>;
}

/** As {@link readCursor}, for lists whose cursors have several shapes; the caller checks the shape. */
export function readAnyCursor(list: string, cursor: string): CursorKey {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw notOf(list);
  }
  if (!Array.isArray(value) || value[0] !== list || !value.every(isScalar)) throw notOf(list);
  const key: CursorKey = value.slice(1);
  // Decoders ignore invalid characters, so that several texts would give the same key; accept only one.
  if (cursorOf(list, ...key) !== cursor) throw notOf(list);
  return key;
}

function isOfKind(value: unknown, kind: keyof Kinds | undefined): boolean {
  return kind === 'text' ? typeof value === 'string' : Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The error for a cursor of another list or query. */
export const notOf = (list: string) =>
  refuse('invalid_params', `cursor must be the \`next\` of a page of the same query (of ${list})`);

const isScalar = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/**
 * Cuts a page from the found items, of which one more than `limit` was requested.
 *
 * @returns the page, and its last item if there is another page
 */
export function cutPage<T>(found: readonly T[], limit: number): { page: readonly T[]; last: T | undefined } {
  const page = found.slice(0, limit);
  return { page, last: found.length > limit ? page.at(-1) : undefined };
}
