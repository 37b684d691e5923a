import type { Stored } from './collection.ts';

/** Marks a document that was written and not read since, so that only the server knows its content. */
const UNSURE = Symbol('unsure');

/**
 * A cache of the documents of a transaction, by `collection/id`: snapshot reads are repeatable and own writes are known.
 * Units of work that run side by side share reads, and each knows its own writes.
 */
export class KnownDocuments {
  readonly #read: Map<string, Stored | null>;
  readonly #written = new Map<string, Stored | null | typeof UNSURE>();

  /** @param beside a cache whose reads are shared */
  constructor(beside?: KnownDocuments) {
    this.#read = beside === undefined ? new Map() : beside.#read;
  }

  /** The document; null if there is none; undefined if it is unknown. */
  get(place: string): Stored | null | undefined {
    const written = this.#written.get(place);
    if (written === UNSURE) return undefined;
    return written === undefined ? this.#read.get(place) : written;
  }

  /** Whether it was written and must be read from the server once its writes were sent. */
  isUnsure(place: string): boolean {
    return this.#written.get(place) === UNSURE;
  }

  /** Notes what was read from the server. */
  read(place: string, found: Stored | null): void {
    if (this.#written.has(place)) this.#written.set(place, found);
    else this.#read.set(place, found);
  }

  /** Notes what was written; `undefined` if only a part of the document is known. */
  write(place: string, document: Stored | null | undefined): void {
    this.#written.set(place, document === undefined ? UNSURE : document);
  }
}
