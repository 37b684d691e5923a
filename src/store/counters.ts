import type { Db, Document } from 'mongodb';
import { assertBookkeeping } from './bookkeeping.ts';
import { Coalescer, type Waiting } from './coalescer.ts';
import { collection, type Stored } from './collection.ts';

interface CounterDocument extends Stored {
  /** The last number that was drawn. */
  readonly last: number;
}

export const counters = collection<CounterDocument>('counters');

/** The field of a document that holds the last number drawn. */
export interface Counter {
  readonly collection: string;
  readonly id: string;
  readonly field: string;
}

export type Raise = Readonly<Record<string, Date | number>>;

interface Draw {
  readonly count: number;
  /** Fields of the same document to raise to these values. */
  readonly raise: Raise;
  /** How many callers, including this one, may soon want the same count. Numbers for all are drawn at once. */
  readonly batchSize: number;
}

type Group = readonly Waiting<Draw, number>[];

/** Unused numbers of a counter that an instance stored when it ended. */
interface KeptNumbers {
  readonly _id: string;
  readonly numbers: number[];
}

/** Numbers that were drawn together. */
export interface DrawnNumber {
  readonly counter: Counter;
  readonly count: number;
  /** The first of them. */
  readonly number: number;
  /** Whether they can be given to somebody else if they are not used. */
  readonly spare: boolean;
}

export const counterOf = (name: string): Counter => ({ collection: counters.name, id: name, field: 'last' });

/**
 * Numbers that rise by one and are never given twice, drawn outside of transactions. Callers who wait while a draw is in
 * flight share the next draw. Unused numbers go to the next caller, even after a restart. Numbers are lost only if a
 * process is killed or the outcome of a call stays unknown.
 */
export class Counters {
  readonly #db: Db;
  /** The queues of the counters that are being drawn from. */
  readonly #draws = new Map<string, Coalescer<Draw, number>>();
  readonly #spare = new Map<string, number[]>();
  /** Counters whose stored unused numbers were taken over. */
  readonly #reclaimed = new Set<string>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** The first of `count` new numbers. With a count of 0, only the fields are raised. */
  draw(counter: Counter, { count, raise = {}, batchSize = 1 }: Pick<Draw, 'count'> & Partial<Draw>): Promise<number> {
    const name = nameOf(counter);
    const spare = count === 1 && isEmpty(raise) ? this.#spare.get(name)?.shift() : undefined;
    if (spare !== undefined) return Promise.resolve(spare);
    const draws = this.#draws.get(name) ?? this.#drawsFrom(counter, name);
    this.#draws.set(name, draws);
    return draws.join({ count, raise, batchSize: isEmpty(raise) ? batchSize : 1 });
  }

  #drawsFrom(counter: Counter, name: string): Coalescer<Draw, number> {
    return new Coalescer({
      take: (waiting) => waiting.length,
      write: (group) => this.#drawFor(group, counter, name),
      onIdle: () => this.#draws.delete(name),
    });
  }

  /** Takes back drawn numbers that were not used, if they can be given to somebody else. */
  giveBackAll(drawn: readonly DrawnNumber[]): void {
    for (const { counter, count, number, spare } of drawn) {
      for (let i = 0; spare && i < count; i += 1) this.#giveBack(counter, number + i);
    }
  }

  /**
   * Stores the unused numbers for the next instance. Call it once, when nothing is drawn any more.
   */
  async keepSpare(): Promise<void> {
    assertBookkeeping(counters.name, 'outside');
    for (const [name, numbers] of this.#spare) {
      if (numbers.length === 0 || !isKept(name)) continue;
      await this.#db
        .collection<KeptNumbers>(counters.name)
        .updateOne(
          { _id: keptId(name) },
          { $push: { numbers: { $each: numbers } } },
          { upsert: true, writeConcern: { w: 'majority' } },
        );
    }
    this.#spare.clear();
  }

  /** Takes over the numbers that another instance stored. */
  async #reclaim(counter: Counter, name: string): Promise<readonly number[]> {
    this.#reclaimed.add(name);
    if (!isKept(name)) return [];
    const kept = await this.#db.collection<KeptNumbers>(counters.name).findOneAndDelete({ _id: keptId(name) });
    for (const number of kept?.numbers ?? []) this.#giveBack(counter, number);
    return kept?.numbers ?? [];
  }

  /** Gives a spare number to everybody who wants one number. @returns the others */
  #serveFromSpare(name: string, group: Group): Group {
    return group.filter(({ item, resolve }) => {
      const spare = item.count === 1 && isEmpty(item.raise) ? this.#spare.get(name)?.shift() : undefined;
      if (spare !== undefined) resolve(spare);
      return spare === undefined;
    });
  }

  #giveBack(counter: Counter, number: number): void {
    const name = nameOf(counter);
    const spare = [...(this.#spare.get(name) ?? []), number].sort((a, b) => a - b);
    this.#spare.set(name, spare);
  }

  async #drawFor(group: Group, counter: Counter, name: string): Promise<Group | undefined> {
    if (!this.#reclaimed.has(name) && (await this.#reclaim(counter, name)).length > 0) {
      return this.#serveFromSpare(name, group);
    }
    const draws = group.map(({ item }) => item);
    const count = draws.reduce((sum, draw) => sum + draw.count * draw.batchSize, 0);
    const last = await this.#draw(counter, count, highest(draws.map((d) => d.raise)));
    let next = last - count + 1;
    for (const { item, resolve } of group) {
      resolve(next);
      next += item.count;
    }
    for (; next <= last; next += 1) this.#giveBack(counter, next);
    return undefined;
  }

  /**
   * The last of `count` new numbers. It need not wait for a majority: a later commit on the same primary that uses a number
   * also commits the draw before it.
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

/** Counters outside of `counters` have further fields, are drawn from one save at a time, and get nothing back. */
const isKept = (name: string) => name.startsWith(`${counters.name}/`);

const keptId = (name: string) => `spare ${name}`;

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
