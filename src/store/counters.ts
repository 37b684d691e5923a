import type { Db } from 'mongodb';
import { collection, type Stored } from './collection.ts';

interface Counter extends Stored {
  /** The last number that was drawn. */
  readonly last: number;
}

export const counters = collection<Counter>('counters');

interface Waiting {
  readonly resolve: (value: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Numbers that rise by one and are never given twice, drawn outside of any transaction. Those who wait while one draw is
 * on its way share the next, and each gets a number of its own, so that a number is lost only with a call that fails
 * after its draw.
 */
export class Counters {
  readonly #db: Db;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(db: Db) {
    this.#db = db;
  }

  next(name: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const others = this.#waiting.get(name);
      if (others !== undefined) {
        others.push({ resolve, reject });
        return;
      }
      this.#waiting.set(name, [{ resolve, reject }]);
      void this.#drain(name);
    });
  }

  async #drain(name: string): Promise<void> {
    for (;;) {
      const group = this.#waiting.get(name) ?? [];
      if (group.length === 0) break;
      this.#waiting.set(name, []);
      try {
        const last = await this.#draw(name, group.length);
        for (const [i, { resolve }] of group.entries()) resolve(last - group.length + 1 + i);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#waiting.delete(name);
  }

  /**
   * The last of `count` new numbers. It need not wait for a majority: whoever commits with a number later, on the same
   * primary, commits the draw before it along.
   */
  async #draw(name: string, count: number): Promise<number> {
    const drawn = await this.#db
      .collection<Counter>(counters.name)
      .findOneAndUpdate(
        { _id: name },
        { $inc: { last: count, revision: 1 } },
        { upsert: true, returnDocument: 'after', writeConcern: { w: 1 } },
      );
    if (drawn === null) throw new Error(`the counter ${name} gave no number`);
    return drawn.last;
  }
}
