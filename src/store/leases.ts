import { type Db, type Document, MongoServerError } from 'mongodb';
import { collection, type Stored } from './collection.ts';

interface LeaseDocument extends Stored {
  readonly holder: string;
  /** By the server's clock, the only one that decides. */
  readonly expiresAt: Date;
}

export const leases = collection<LeaseDocument>('leases');

/**
 * What one holder at a time has, for a while. Who holds what is no effect of anybody's, and so no transaction and no
 * record; instants are the server's own, so that clocks of instances may differ.
 */
export class Leases {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Takes or renews the lease; false while somebody else has it. */
  async take(name: string, holder: string, lifetimeMs: number): Promise<boolean> {
    const mine = { $literal: holder };
    // A missing field is lower than every instant: what was never taken has expired.
    const free = { $or: [{ $eq: ['$holder', mine] }, { $lte: ['$expiresAt', '$$NOW'] }] };
    const ifFree = (value: Document | string, field: string) => ({ $cond: [free, value, field] });
    const taken = {
      holder: ifFree(mine, '$holder'),
      expiresAt: ifFree({ $add: ['$$NOW', lifetimeMs] }, '$expiresAt'),
      revision: ifFree({ $add: [{ $ifNull: ['$revision', 0] }, 1] }, '$revision'),
    };
    try {
      const found = await this.#db
        .collection<LeaseDocument>(leases.name)
        .findOneAndUpdate({ _id: name }, [{ $set: taken }], {
          upsert: true,
          returnDocument: 'after',
          writeConcern: { w: 'majority' },
        });
      return found?.holder === holder;
    } catch (error) {
      // Somebody else took it first, this very moment.
      if (error instanceof MongoServerError && error.code === 11000) return false;
      throw error;
    }
  }

  /** Gives it up, where this holder has it. */
  async release(name: string, holder: string): Promise<void> {
    await this.#db.collection<LeaseDocument>(leases.name).deleteOne({ _id: name, holder });
  }
}
