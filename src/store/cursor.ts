import { refuse } from '../base/errors.ts';

/** What a cursor is made of: which list it is of comes first. */
export type CursorKey = readonly (string | number | boolean | null)[];

/** Where the page after this one begins, as one opaque text. */
export function cursorOf(list: string, ...key: CursorKey): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** What stands at a place of a cursor: any text, or a whole number of at least 0. */
interface Kinds {
  readonly text: string;
  readonly count: number;
}

type KeyOf<S extends readonly (keyof Kinds)[]> = { -readonly [I in keyof S]: Kinds[S[I]] };

/**
 * What {@link cursorOf} was given beside the list, where it has this shape.
 *
 * @throws invalid_params for a text of somebody's own making, and for a cursor of another list
 */
export function readCursor<const S extends readonly (keyof Kinds)[]>(list: string, cursor: string, shape: S): KeyOf<S> {
  const key = readAnyCursor(list, cursor);
  if (key.length !== shape.length || !key.every((value, i) => isOfKind(value, shape[i]))) throw notOf(list);
  return key as KeyOf<S>;
}

/** As {@link readCursor}, for a list whose cursors have several shapes, which the list tells apart itself. */
export function readAnyCursor(list: string, cursor: string): CursorKey {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw notOf(list);
  }
  if (!Array.isArray(value) || value[0] !== list || !value.every(isScalar)) throw notOf(list);
  const key: CursorKey = value.slice(1);
  // Decoders pass over what does not belong there: only one text is the cursor of a page.
  if (cursorOf(list, ...key) !== cursor) throw notOf(list);
  return key;
}

function isOfKind(value: unknown, kind: keyof Kinds | undefined): boolean {
  return kind === 'text' ? typeof value === 'string' : Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A cursor that begins no page of this list, or of this query of it. */
export const notOf = (list: string) =>
  refuse('invalid_params', `cursor must be the \`next\` of a page of the same query (of ${list})`);

const isScalar = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/**
 * A page of what was found, of which one more was asked for than the page holds.
 *
 * @returns the page, and its last item where another page comes after it
 */
export function cutPage<T>(found: readonly T[], limit: number): { page: readonly T[]; last: T | undefined } {
  const page = found.slice(0, limit);
  return { page, last: found.length > limit ? page.at(-1) : undefined };
}
