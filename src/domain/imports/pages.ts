import type { Position } from './progress.ts';
import type { Item, Sources, Step } from './step.ts';

/** The documents of one page at most. */
const MAX_DOCUMENTS = 1_000;

/** What a step reads, some documents at a time. */
export async function* pagesOf(step: Step, sources: Sources, after?: Position): AsyncGenerator<Item[]> {
  let page: Item[] = [];
  for await (const item of step.read(sources, after)) {
    page.push(item);
    if (page.length < MAX_DOCUMENTS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
