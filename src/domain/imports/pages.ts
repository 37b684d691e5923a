import { StewardError } from '../../base/errors.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { bsonSize } from '../../store/size.ts';
import type { Position } from './progress.ts';
import type { Item, Sources, Step } from './step.ts';

/** The documents of one page at most. */
const MAX_DOCUMENTS = 1_000;
/** The bytes of one page, and those of what belongs to its documents; one document may have more. */
const MAX_BYTES = 16_000_000;

/** What a step reads, some documents at a time. */
export async function* pagesOf(step: Step, sources: Sources, after?: Position): AsyncGenerator<Item[]> {
  let page: Item[] = [];
  let bytes = 0;
  for await (const item of step.read(sources, after)) {
    page.push(item);
    bytes += bsonSize(item.document);
    if (page.length < MAX_DOCUMENTS && bytes < MAX_BYTES) continue;
    yield page;
    page = [];
    bytes = 0;
  }
  if (page.length > 0) yield page;
}

class PageTooLargeError extends Error {}

/**
 * Counts the bytes of what belongs to a page of documents while it is read.
 *
 * @param documents how many the page has
 */
export function pageBound(documents: number): (belonging: ForeignDocument) => void {
  let bytes = 0;
  return (belonging) => {
    bytes += bsonSize(belonging);
    if (bytes > MAX_BYTES && documents > 1) throw new PageTooLargeError(`${documents} documents are too large a page`);
  };
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof PageTooLargeError || (error instanceof StewardError && error.reason === 'change_too_big');

/**
 * Works on a page, or on its halves, one after the other, if what belongs to its documents is too much to hold or for one
 * transaction: how much the database takes depends on its cache and on what else it does.
 */
export async function inParts(page: readonly Item[], work: (part: readonly Item[]) => Promise<void>): Promise<void> {
  try {
    await work(page);
  } catch (error) {
    if (!isTooLarge(error) || page.length === 1) throw error;
    const half = Math.ceil(page.length / 2);
    await inParts(page.slice(0, half), work);
    await inParts(page.slice(half), work);
  }
}
