import type { Answer } from './answer.ts';

/** How the pages of a result are found: the field of its items, and where the cursor stands in the parameters. */
export interface Paging {
  readonly items: string;
  readonly cursor: readonly string[];
}

interface PagedCall {
  readonly name: string;
  readonly paging: Paging;
  readonly run: (params: object) => Promise<Answer<unknown>>;
}

/** The items of all pages, one page after the other. @throws TypeError if the result is not a page */
export async function* pagesOf({ name, paging, run }: PagedCall, params: object = {}): AsyncGenerator<unknown> {
  const { items, cursor } = paging;
  const [first = '', second] = cursor;
  // The items of some results are only listed if the parameter with the cursor is there.
  let page: Record<string, unknown> = second === undefined ? { ...params } : { [first]: {}, ...params };
  for (;;) {
    const result = (await run(page)).result as Readonly<Record<string, unknown>>;
    const list = result[items];
    if (!Array.isArray(list)) throw new TypeError(`${name} answers without ${items} for these parameters: no pages`);
    yield* list;
    if (result.next === undefined) return;
    page = {
      ...page,
      [first]: second === undefined ? result.next : { ...(page[first] as object), [second]: result.next },
    };
  }
}
