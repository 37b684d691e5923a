import type { ClientSession, Db, Document } from 'mongodb';
import { type AnyCollection, assertIntact, type Collection, type Stored } from './collection.ts';

interface Appended {
  readonly docs: Stored[];
  /** Throws if one of them would not be read back as required. */
  readonly check: () => void;
}

/** Documents that are checked and sent together, as the last step before the commit of a MongoDB transaction. */
export class AppendedDocuments {
  readonly #appended = new Map<string, Appended>();
  /** Whether each reserved document was appended, by `collection/id`. */
  readonly #reserved = new Map<string, boolean>();

  /** The documents of one collection, in order; the caller may change the array. */
  of<T extends Stored>(into: Collection<T>): T[] {
    const present = this.#appended.get(into.name);
    if (present !== undefined) return present.docs as T[];
    const docs: T[] = [];
    this.#appended.set(into.name, { docs, check: () => assertIntact(into, docs) });
    return docs;
  }

  add<T extends Stored>(into: Collection<T>, doc: T): void {
    this.of(into).push(doc);
    const place = `${into.name}/${doc._id}`;
    if (this.#reserved.has(place)) this.#reserved.set(place, true);
  }

  /** Notes that a placeholder with this id was inserted, which the appended document will replace. */
  reserve(into: AnyCollection, id: string): void {
    this.#reserved.set(`${into.name}/${id}`, false);
  }

  /** @throws TypeError if a document was reserved and never appended */
  assertComplete(): void {
    for (const [place, completed] of this.#reserved) {
      if (!completed) throw new TypeError(`${place} was reserved and never appended`);
    }
  }

  async send(db: Db, session: ClientSession): Promise<void> {
    for (const [name, { docs, check }] of this.#appended) {
      check();
      const raw = db.collection<Document>(name);
      const isReserved = ({ _id }: Stored) => this.#reserved.has(`${name}/${_id}`);
      for (const doc of docs.filter(isReserved)) {
        await raw.replaceOne({ _id: doc._id as never }, doc as Document, { session });
      }
      const others = docs.filter((doc) => !isReserved(doc));
      if (others.length > 0) await raw.insertMany(others as never[], { session });
    }
  }
}
