import type { Db, Document } from 'mongodb';
import { assertBookkeeping } from './bookkeeping.ts';
import { collection, type Stored } from './collection.ts';

interface CounterDocument extends Stored {
  /** The last number that was drawn. */
  readonly last: number;
}

export const counters = collection<CounterDocument>('counters');

/** Where a number is counted: a field of a document. */
export interface Counter {
  readonly collection: string;
  readonly id: string;
  readonly field: string;
}

export type Raise = Readonly<Record<string, Date | number>>;

/** What is drawn. */
interface Draw {
  readonly count: number;
  /** Fields of the same document that are raised to these values, where they are lower. */
  readonly raise: Raise;
  /** How many, the caller included, may want as many in a moment: drawn at once. */
  readonly company: number;
}

interface Waiting extends Draw {
  readonly resolve: (value: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Numbers that were drawn together. */
export interface DrawnNumber {
  readonly counter: Counter;
  readonly count: number;
  /** The first of them. */
  readonly number: number;
  /** Whether they can be given to somebody else when they are not used. */
  readonly spare: boolean;
}

/** The counter of this name. */
export const counterOf = (name: string): Counter => ({ collection: counters.name, id: name, field: 'last' });

/**
 * Numbers that rise by one and are never given twice, drawn outside of any transaction. Those who wait while one draw is
 * on its way share the next, and each gets numbers of its own. What was drawn and not used is given to whoever asks
 * next, so that a number is lost only with the process, or with a call of which nobody knows how it ended.
 */
export class Counters {
  readonly #db: Db;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #spare = new Map<string, number[]>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** The first of `count` new numbers; with 0 the fields alone are raised. */
  draw(counter: Counter, count: number, raise: Raise = {}, company = 1): Promise<number> {
    const name = nameOf(counter);
    const spare = count === 1 && isEmpty(raise) ? this.#spare.get(name)?.shift() : undefined;
    if (spare !== undefined) return Promise.resolve(spare);
    return new Promise((resolve, reject) => {
      const others = this.#waiting.get(name);
      const waiting = { count, raise, company: isEmpty(raise) ? company : 1, resolve, reject };
      if (others !== undefined) {
        others.push(waiting);
        return;
      }
      this.#waiting.set(name, [waiting]);
      void this.#drain(name, counter);
    });
  }

  /** Takes back numbers that were drawn and stand nowhere, where they can be given to somebody else. */
  giveBackAll(drawn: readonly DrawnNumber[]): void {
    for (const { counter, count, number, spare } of drawn) {
      for (let i = 0; spare && i < count; i += 1) this.#giveBack(counter, number + i);
    }
  }

  #giveBack(counter: Counter, number: number): void {
    const name = nameOf(counter);
    const spare = [...(this.#spare.get(name) ?? []), number].sort((a, b) => a - b);
    this.#spare.set(name, spare);
  }

  async #drain(name: string, counter: Counter): Promise<void> {
    for (;;) {
      const group = this.#waiting.get(name) ?? [];
      if (group.length === 0) break;
      this.#waiting.set(name, []);
      try {
        const count = group.reduce((sum, draw) => sum + draw.count * draw.company, 0);
        const last = await this.#draw(counter, count, highest(group.map((d) => d.raise)));
        let next = last - count + 1;
        for (const { count: own, resolve } of group) {
          resolve(next);
          next += own;
        }
        for (; next <= last; next += 1) this.#giveBack(counter, next);
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
  async #draw({ collection: name, id, field }: Counter, count: number, raise: Raise): Promise<number> {
    assertBookkeeping(name, 'outside');
    const raised = isEmpty(raise) ? {} : { $max: raise };
    const drawn = await this.#db
      .collection<Document>(name)
      .findOneAndUpdate(
        { _id: id as never },
        { $inc: { [field]: count, revision: 1 }, ...raised },
        { upsert: true, returnDocument: 'after', writeConcern: { w: 1 } },
      );
    if (drawn === null) throw new Error(`the counter ${name}/${id} gave no number`);
    return drawn[field];
  }
}

const nameOf = ({ collection: name, id }: Counter) => `${name}/${id}`;

const isEmpty = (raise: Raise) => Object.keys(raise).length === 0;

function highest(raises: readonly Raise[]): Raise {
  const found: Record<string, Date | number> = {};
  for (const [field, value] of raises.flatMap((r) => Object.entries(r))) {
    const other = found[field];
    if (other === undefined || other < value) found[field] = value;
  }
  return found;
}
