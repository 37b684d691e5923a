import { OperatorError, type Reason, StewardError } from '../../base/errors.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import type { Position } from './progress.ts';
import { readAhead } from './readAhead.ts';
import type { Item, Sources, Step } from './step.ts';

/** What a step reads, some documents at a time. The next ones are read while the caller works. */
export async function* pagesOf(step: Step, sources: Sources, after?: Position): AsyncGenerator<readonly Item[]> {
  for await (const items of readAhead(step.read(sources, after))) {
    if (items.length > 0) yield items;
  }
}

class PageTooLargeError extends Error {}

/**
 * What belongs to a page of documents, which must come from the server at once: a thousand documents, or 16 MB. What
 * belongs to a single document may be more.
 *
 * @param documents how many the page has
 * @throws PageTooLargeError
 */
export async function* belongingTo(
  documents: number,
  pages: AsyncIterable<readonly ForeignDocument[]>,
): AsyncGenerator<ForeignDocument> {
  let isFirst = true;
  for await (const page of pages) {
    if (!isFirst && documents > 1) throw new PageTooLargeError(`${documents} documents are too large a page`);
    isFirst = false;
    yield* page;
  }
}

const TOO_LARGE: readonly Reason[] = ['change_too_big', 'took_too_long'];

const isTooLarge = (error: unknown): boolean =>
  error instanceof PageTooLargeError || (error instanceof StewardError && TOO_LARGE.includes(error.reason));

/**
 * Works on a page, or on its halves, one after the other, if what belongs to its documents is too much to hold or for one
 * transaction: how much the database takes depends on its cache and on what else it does.
 *
 * @throws OperatorError for a single document that is too large
 */
export async function inParts(
  step: Step,
  page: readonly Item[],
  work: (part: readonly Item[]) => Promise<void>,
): Promise<void> {
  try {
    await work(page);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    if (page.length === 1) throw isSlow(error) ? error : tooLarge(step, page[0]?.at ?? []);
    const half = Math.ceil(page.length / 2);
    await inParts(step, page.slice(0, half), work);
    await inParts(step, page.slice(half), work);
  }
}

const isSlow = (error: unknown) => error instanceof StewardError && error.reason === 'took_too_long';

const tooLarge = ({ collection }: Step, at: Position) =>
  new OperatorError(
    `${collection} ${at.join('/')} is too large: with its audit record, its change must fit into a document of MongoDB ` +
      '(16 MB). Shorten it in KBase, or remove it there.',
  );
