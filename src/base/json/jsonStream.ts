/** A value that is JSON text already, produced piece by piece while it is sent: it is never in memory as a whole. */
export class JsonStream {
  readonly pieces: AsyncIterable<string>;

  constructor(pieces: AsyncIterable<string>) {
    this.pieces = pieces;
  }
}

/** The JSON text of one value, in pieces; none if there is no value. */
type Pieces = AsyncIterable<string>;

/** Shorter pieces are sent together. */
const PIECE = 64 * 1024;

/** An object with these fields, in this order; a field whose value has no pieces is left out. */
export async function* objectPieces(
  fields: readonly (readonly [key: string, value: string | (() => Pieces)])[],
): AsyncGenerator<string> {
  let pending = '';
  let separator = '{';
  for (const [key, value] of fields) {
    let before = `${separator}${JSON.stringify(key)}:`;
    for await (const piece of typeof value === 'string' ? [value] : value()) {
      pending += before + piece;
      before = '';
      separator = ',';
      if (pending.length < PIECE) continue;
      yield pending;
      pending = '';
    }
  }
  yield separator === '{' ? '{}' : `${pending}}`;
}

/** A list of these items, each as JSON text or in pieces; no pieces if there are no items. */
export async function* listPieces(items: AsyncIterable<string | Pieces>): AsyncGenerator<string> {
  let pending = '';
  let separator = '[';
  for await (const item of items) {
    pending += separator;
    separator = ',';
    for await (const piece of typeof item === 'string' ? [item] : item) {
      pending += piece;
      if (pending.length < PIECE) continue;
      yield pending;
      pending = '';
    }
  }
  if (separator === ',') yield `${pending}]`;
}
