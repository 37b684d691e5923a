import type { Db, Document } from 'mongodb';
import { assertBookkeeping } from './bookkeeping.ts';
import { Coalescer, type Waiting } from './coalescer.ts';
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
  readonly batchSize: number;
}

type Group = readonly Waiting<Draw, number>[];

/** Numbers of a counter that an instance had left when it ended. */
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
  /** Whether they can be given to somebody else when they are not used. */
  readonly spare: boolean;
}

/** The counter of this name. */
export const counterOf = (name: string): Counter => ({ collection: counters.name, id: name, field: 'last' });

/**
 * Numbers that rise by one and are never given twice, drawn outside any transaction. Callers who wait while a draw is in
 * flight share the next one, and each gets their own numbers. Unused numbers are given to the next caller, also after a
 * restart: a number is lost only if a process is killed, or if the outcome of a call stays unknown.
 */
export class Counters {
  readonly #db: Db;
  /** Those of the counters that somebody draws from now. */
  readonly #draws = new Map<string, Coalescer<Draw, number>>();
  readonly #spare = new Map<string, number[]>();
  /** Counters whose kept numbers were asked for. */
  readonly #reclaimed = new Set<string>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** The first of `count` new numbers; with 0 the fields alone are raised. */
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

  /** Takes back numbers that were drawn and stand nowhere, where they can be given to somebody else. */
  giveBackAll(drawn: readonly DrawnNumber[]): void {
    for (const { counter, count, number, spare } of drawn) {
      for (let i = 0; spare && i < count; i += 1) this.#giveBack(counter, number + i);
    }
  }

  /**
   * Keeps the numbers that were drawn and stand nowhere for the instance that draws next after this one has ended. To be
   * called once, when nothing is drawn any more.
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

  /** The numbers that another instance kept: nobody else gets them. */
  async #reclaim(counter: Counter, name: string): Promise<readonly number[]> {
    this.#reclaimed.add(name);
    if (!isKept(name)) return [];
    const kept = await this.#db.collection<KeptNumbers>(counters.name).findOneAndDelete({ _id: keptId(name) });
    for (const number of kept?.numbers ?? []) this.#giveBack(counter, number);
    return kept?.numbers ?? [];
  }

  /** Who wants one number gets a spare one. @returns the others */
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

/** Numbers of documents that carry fields besides are drawn one save at a time, and never given back. */
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
