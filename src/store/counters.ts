import type { Db } from 'mongodb';
import { collection, type Stored } from './collection.ts';

interface Counter extends Stored {
  /** The last number that was drawn. */
  readonly last: number;
}

export const counters = collection<Counter>('counters');

interface Waiting {
  readonly company: number;
  readonly resolve: (value: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Numbers that rise by one and are never given twice, drawn outside of any transaction. Those who wait while one draw is
 * on its way share the next, and each gets a number of its own. What was drawn and not used is given to whoever asks
 * next, so that a number is lost only with the process, or with a call of which nobody knows how it ended.
 */
export class Counters {
  readonly #db: Db;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #spare = new Map<string, number[]>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** @param company how many, the caller included, may want one in a moment: drawn at once */
  next(name: string, company = 1): Promise<number> {
    const spare = this.#spare.get(name)?.shift();
    if (spare !== undefined) return Promise.resolve(spare);
    return new Promise((resolve, reject) => {
      const others = this.#waiting.get(name);
      if (others !== undefined) {
        others.push({ company, resolve, reject });
        return;
      }
      this.#waiting.set(name, [{ company, resolve, reject }]);
      void this.#drain(name);
    });
  }

  /** Takes back a number that was drawn and stands nowhere. */
  giveBack(name: string, number: number): void {
    const spare = [...(this.#spare.get(name) ?? []), number].sort((a, b) => a - b);
    this.#spare.set(name, spare);
  }

  async #drain(name: string): Promise<void> {
    for (;;) {
      const group = this.#waiting.get(name) ?? [];
      if (group.length === 0) break;
      this.#waiting.set(name, []);
      try {
        const count = group.reduce((sum, { company }) => sum + company, 0);
        const first = (await this.#draw(name, count)) - count + 1;
        for (const [i, { resolve }] of group.entries()) resolve(first + i);
        for (let i = group.length; i < count; i += 1) this.giveBack(name, first + i);
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
