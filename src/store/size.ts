import { BSON, MongoInvalidArgumentError, MongoServerError } from 'mongodb';
import { refuse, type StewardError } from '../base/errors.ts';

/** MongoDB stores no larger document. */
export const MAX_DOCUMENT_BYTES = 16_777_216;

/**
 * The changes of one transaction, as their audit record lists them: the record is one document and also holds what was
 * touched, who is told, and the parameters. A transaction of this size fits into the 256 MB cache of the embedded server.
 */
export const MAX_CHANGE_BYTES = 8_000_000;

/**
 * The changes of a transaction that saves or removes a whole book with its pages: their record has them in documents of
 * their own. It holds what the largest body that is read at once, of 16 MB, changes from and to.
 */
export const MAX_LARGE_CHANGE_BYTES = 48_000_000;

/**
 * The changes of a transaction that changes a little of each of many documents, such as who owns them: about 60,000. Each
 * takes the database as long as a much larger one, and a transaction may last for a minute.
 */
export const MAX_MANY_CHANGES_BYTES = 16_000_000;

/** The size of a value as BSON, in bytes: what it adds to a document that holds it, but for the key. */
export function bsonSize(value: unknown): number {
  return BSON.calculateObjectSize({ '': value }, { ignoreUndefined: true }) - EMPTY;
}

/** A document of one field with the key '' and the value null: length, type, key and end. */
const EMPTY = BSON.calculateObjectSize({ '': null });

/** What one call may still change or read, in bytes. */
export class ByteBudget {
  readonly #max: number;
  #spent = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Takes bytes out of the budget, or nothing when it has not as many.
   *
   * @param what names what would take them, for the error
   * @throws change_too_big
   */
  spend(what: string, bytes: number): void {
    if (this.#spent + bytes > this.#max) throw changeTooBig(what, this.#spent + bytes, this.#max);
    this.#spent += bytes;
  }
}

/** The error that a change of so many bytes is refused with. */
export function changeTooBig(what: string, bytes: number, max: number): StewardError {
  return refuse('change_too_big', `${what} would change ${bytes} bytes of data, more than ${max}`);
}

/** MongoDB's codes for a document, a command or a transaction that is too large for it. */
const TOO_LARGE: readonly unknown[] = [
  257, // TransactionTooLarge
  290, // TransactionExceededLifetimeLimitSeconds: it would take longer than a minute
  388, // TransactionTooLargeForCache
  10334, // BSONObjectTooLarge
  17419, // the document after the update
  17420,
];

/** True for an error by which the server or the driver refuses something for its size; nothing of it is stored. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof MongoServerError) return TOO_LARGE.includes(error.code) || /too large/i.test(error.message);
  if (error instanceof MongoInvalidArgumentError) return /larger than the maximum size/.test(error.message);
  // The driver writes beyond the end of its buffer, which is as large as the largest document.
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE';
}

/** MongoDB's codes for a document that it does not take, whatever its size: BadValue, Overflow, InvalidBSON, validation. */
const UNFIT: readonly unknown[] = [2, 15, 22, 121];

/**
 * True for an error that is about the document itself, its size or its content: it is not stored, and never will be. False
 * for what may pass, and where it is not known whether the document is stored.
 */
export function isUnfit(error: unknown): boolean {
  return (
    isTooLarge(error) ||
    error instanceof BSON.BSONError ||
    (error instanceof MongoServerError && UNFIT.includes(error.code) && error.errorLabels.length === 0)
  );
}
