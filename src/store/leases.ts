import { type Db, type Document, MongoServerError } from 'mongodb';
import { collection, type Stored } from './collection.ts';

interface LeaseDocument extends Stored {
  readonly holder: string;
  /** By the server's clock, which alone decides. */
  readonly expiresAt: Date;
}

export const leases = collection<LeaseDocument>('leases');

/**
 * Locks that expire, each with one holder at a time. They are bookkeeping, without transactions or records. Expiry uses the
 * server's clock, so the clocks of instances may differ.
 */
export class Leases {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Takes or renews the lease. @returns false if somebody else holds it */
  async take(name: string, holder: string, lifetimeMs: number): Promise<boolean> {
    const mine = { $literal: holder };
    // A missing field is lower than any date, so a lease that was never taken counts as expired.
    const isAvailable = { $or: [{ $eq: ['$holder', mine] }, { $lte: ['$expiresAt', '$$NOW'] }] };
    const ifAvailable = (value: Document | string, field: string) => ({ $cond: [isAvailable, value, field] });
    const taken = {
      holder: ifAvailable(mine, '$holder'),
      expiresAt: ifAvailable({ $add: ['$$NOW', lifetimeMs] }, '$expiresAt'),
      revision: ifAvailable({ $add: [{ $ifNull: ['$revision', 0] }, 1] }, '$revision'),
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
      // Somebody else took it at the same moment.
      if (error instanceof MongoServerError && error.code === 11000) return false;
      throw error;
    }
  }

  /** Releases the lease, if this holder has it. */
  async release(name: string, holder: string): Promise<void> {
    await this.#db.collection<LeaseDocument>(leases.name).deleteOne({ _id: name, holder });
  }
}
