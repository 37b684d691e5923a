import type { Answer } from './answer.ts';

/** How the pages of a result are found. */
export interface Paging {
  /** The field of the items; absent where the result is their list itself. */
  readonly items?: string;
  /** Where the parameters say which page it is. */
  readonly cursor: readonly string[];
  /** By its number, or by the last object of the page before; when absent, by the `next` of the page before. */
  readonly by?: 'number' | 'last';
}

interface PagedCall {
  readonly name: string;
  readonly paging: Paging;
  readonly run: (params: object) => Promise<Answer<unknown>>;
}

/** The most objects that a page has, which is also the default. */
const MAX_OBJECTS = 10_000;

/** The items of all pages, one page after the other. @throws TypeError if the result is not a page */
export async function* pagesOf({ name, paging, run }: PagedCall, params: object = {}): AsyncGenerator<unknown> {
  const [first = '', second] = paging.cursor;
  // The items of some results are only listed if the parameter with the cursor is there.
  let page: Record<string, unknown> = second === undefined ? { ...params } : { [first]: {}, ...params };
  for (;;) {
    const { result } = await run(page);
    const list = paging.items === undefined ? result : (result as Readonly<Record<string, unknown>>)[paging.items];
    if (!Array.isArray(list)) {
      throw new TypeError(`${name} answers without ${paging.items} for these parameters: no pages`);
    }
    yield* list;
    const next = nextOf(result, paging, page);
    if (next === undefined) return;
    page = { ...page, [first]: second === undefined ? next : { ...(page[first] as object), [second]: next } };
  }
}

/** What the parameters say for the page after this one; undefined after the last. */
function nextOf(result: unknown, { by }: Paging, { limit }: Readonly<Record<string, unknown>>): unknown {
  if (by === 'last') {
    const objects = result as readonly (readonly unknown[])[];
    const size = typeof limit === 'number' && limit >= 1 && limit <= MAX_OBJECTS ? limit : MAX_OBJECTS;
    const last = objects.length < size ? undefined : objects.at(-1);
    return last === undefined ? undefined : `${last[6]}/${last[0]}/${last[4]}`;
  }
  const { next, page, pages } = result as { readonly next?: unknown; readonly page?: number; readonly pages?: number };
  if (by === undefined) return next;
  return page !== undefined && pages !== undefined && page < pages ? page + 1 : undefined;
}
