import { BSON, MongoInvalidArgumentError, MongoServerError } from 'mongodb';
import { refuse, type StewardError } from '../base/errors.ts';

/** The largest document that MongoDB stores. */
export const MAX_DOCUMENT_BYTES = 16_777_216;

/**
 * The maximum size of the changes of one transaction. Their audit record is one document, which also holds resources,
 * notices and parameters. A transaction of this size fits into the 256 MB cache of the embedded server.
 */
export const MAX_CHANGE_BYTES = 8_000_000;

/**
 * The maximum for transactions that save or remove a whole book with its pages. The record stores the changes in separate
 * documents. It covers the old and new content of the largest body that is read at once, of 16 MB.
 */
export const MAX_LARGE_CHANGE_BYTES = 48_000_000;

/**
 * The maximum for transactions with small changes of many documents, such as their owners: about 60,000. A small change
 * takes the database as long as a much larger one, and a transaction may last for a minute.
 */
export const MAX_MANY_CHANGES_BYTES = 16_000_000;

/** How many items one transaction changes or looks at. */
export interface ItemLimits {
  /** The largest number of items in a step of a job; fewer if their changes are large. */
  readonly perPart: number;
  /** The largest number of resources that a deletion looks at: this many take more bytes than one call may change. */
  readonly perDeletion: number;
}

export const ITEM_LIMITS: ItemLimits = { perPart: 2_000, perDeletion: 120_000 };

/** The size of a value in bytes of BSON, without its key. */
export function bsonSize(value: unknown): number {
  // The driver takes many times as long for a text.
  if (typeof value === 'string') return Buffer.byteLength(value) + TEXT_OVERHEAD;
  return BSON.calculateObjectSize({ '': value }, { ignoreUndefined: true }) - EMPTY;
}

/** The length of a text, and its end. */
const TEXT_OVERHEAD = 5;
/** The overhead of the surrounding document: length, type, empty key and end. */
const EMPTY = BSON.calculateObjectSize({ '': null });

/** How many bytes a call may still change or read. */
export class ByteBudget {
  readonly #max: number;
  #spent = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Takes bytes out of the budget, or none if there are not enough.
   *
   * @param what the subject of the error message
   * @throws change_too_big
   */
  spend(what: string, bytes: number): void {
    if (this.#spent + bytes > this.#max) throw changeTooBig(what, this.#spent + bytes, this.#max);
    this.#spent += bytes;
  }
}

export function changeTooBig(what: string, bytes: number, max: number): StewardError {
  return refuse('change_too_big', `${what} would change ${bytes} bytes of data, more than ${max}`);
}

/** MongoDB's codes for a document, a command or a transaction that is too large for it. */
const TOO_LARGE: readonly unknown[] = [
  257, // TransactionTooLarge
  388, // TransactionTooLargeForCache
  10334, // BSONObjectTooLarge
  17419, // the document after the update
  17420,
];

/** True if the server or the driver refused a write because of its size. Nothing of it is stored. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof MongoServerError) return TOO_LARGE.includes(error.code) || /too large/i.test(error.message);
  if (error instanceof MongoInvalidArgumentError) return /larger than the maximum size/.test(error.message);
  // The driver wrote beyond its buffer, which has the size of the largest document.
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE';
}

/** MongoDB's codes for an invalid document: BadValue, Overflow, InvalidBSON, DocumentValidationFailure. */
const INVALID: readonly unknown[] = [2, 15, 22, 121];

/**
 * True for an error about the document itself, its size or its content: it can never be stored. False for temporary
 * errors and if it is unknown whether the document is stored.
 */
export function isUnstorable(error: unknown): boolean {
  return (
    isTooLarge(error) ||
    error instanceof BSON.BSONError ||
    (error instanceof MongoServerError && INVALID.includes(error.code) && error.errorLabels.length === 0)
  );
}
