import type { Stored } from './collection.ts';

/** The document was written and not read since: its content is only known to the server. */
const UNSURE = Symbol('unsure');

/**
 * Documents that need not be read again, by `collection/id`: reads of a snapshot are repeatable, and own writes are known.
 * Units of work that run side by side share what was read, and each knows its own writes.
 */
export class KnownDocuments {
  readonly #read: Map<string, Stored | null>;
  readonly #written = new Map<string, Stored | null | typeof UNSURE>();

  /** @param beside shares what was read */
  constructor(beside?: KnownDocuments) {
    this.#read = beside === undefined ? new Map() : beside.#read;
  }

  /** The document; null if there is none; undefined if that is not known. */
  get(place: string): Stored | null | undefined {
    const written = this.#written.get(place);
    if (written === UNSURE) return undefined;
    return written === undefined ? this.#read.get(place) : written;
  }

  /** Whether it was written, and has to be read from the server after its writes were sent. */
  isUnsure(place: string): boolean {
    return this.#written.get(place) === UNSURE;
  }

  /** Notes what the server has. */
  read(place: string, found: Stored | null): void {
    if (this.#written.has(place)) this.#written.set(place, found);
    else this.#read.set(place, found);
  }

  /** Notes what is written; `undefined` if only a part of it is known. */
  write(place: string, document: Stored | null | undefined): void {
    this.#written.set(place, document === undefined ? UNSURE : document);
  }
}
