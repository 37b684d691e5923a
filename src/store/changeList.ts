import { asRecorded, type Change, changeSize, type Digester, sizeBefore } from './changes.ts';
import type { AnyCollection } from './collection.ts';
import { changeTooBig, MAX_CHANGE_BYTES } from './size.ts';

/** The changes of one unit of work in order, without secrets, and how many of them are in an audit record. */
export class ChangeList {
  readonly #digester: Digester;
  readonly #changes: Change[] = [];
  readonly #hmacs = new Set<string>();
  /** How many of the changes are in a record. */
  #recorded = 0;
  #bytes = 0;
  #maxBytes = MAX_CHANGE_BYTES;

  constructor({ digest, hmac }: Digester) {
    const noted = (value: unknown) => {
      const found = hmac(value);
      this.#hmacs.add(found);
      return found;
    };
    this.#digester = { digest, hmac: noted };
  }

  get all(): readonly Change[] {
    return this.#changes;
  }

  /** The changes that are not yet in a record. */
  get unrecorded(): readonly Change[] {
    return this.#changes.slice(this.#recorded);
  }

  /** The HMACs that stand for sensitive values in the changes so far. */
  get hmacs(): ReadonlySet<string> {
    return this.#hmacs;
  }

  /** The total size in bytes of BSON. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it may become larger than usual; its record may then be stored in several documents. */
  get mayBeLarge(): boolean {
    return this.#maxBytes > MAX_CHANGE_BYTES;
  }

  /** Raises the limit of {@link bytes}. */
  allow(bytes: number): void {
    this.#maxBytes = Math.max(this.#maxBytes, bytes);
  }

  /**
   * Adds a change of a document, with digests or HMACs in the place of what records must not hold.
   *
   * @returns the size of the change as it is written, in bytes of BSON
   * @throws change_too_big if the record could not hold it
   */
  add(of: AnyCollection, change: Change): number {
    if (of.insertOnly && change.op !== 'insert') throw new TypeError(`documents of ${of.name} are never changed`);
    const told = asRecorded(of, change, this.#digester);
    const bytes = changeSize(told);
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) throw changeTooBig('The call', this.#bytes, this.#maxBytes);
    this.#changes.push(told);
    return told === change ? bytes : sizeBefore(change, told, bytes);
  }

  /**
   * Notes that a record holds all changes so far.
   *
   * @param covered the changes in the record, which must be all that are {@link unrecorded}
   * @throws UnrecordedChangesError if the record leaves changes out
   */
  markRecorded(covered: readonly Change[]): void {
    const expected = this.unrecorded;
    if (covered.length !== expected.length || covered.some((change, i) => change !== expected[i])) {
      throw new UnrecordedChangesError(expected.filter((change) => !covered.includes(change)));
    }
    this.#recorded = this.#changes.length;
  }
}

/** Thrown if a transaction would commit changes that are in no audit record, which is a bug. */
export class UnrecordedChangesError extends Error {
  constructor(changes: readonly Change[]) {
    const places = changes.slice(0, 5).map(({ collection, id }) => `${collection}/${id}`);
    super(`the transaction has changes without an audit record: ${places.join(', ') || 'attached documents'}`);
  }
}
