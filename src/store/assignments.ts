import { randomUUID } from 'node:crypto';
import type { Assigned } from './changes.ts';
import type { Counter, Counters, DrawnNumber, Raise } from './counters.ts';

/** The numbers that the attempts of one transaction have drawn, in order. */
export type DrawnNumbers = DrawnNumber[];

export interface Draws {
  readonly counters: Counters;
  readonly dryRun: boolean;
  /** Numbers drawn by earlier attempts; they are used first, so that a conflict wastes none. */
  readonly drawn: DrawnNumbers;
  /** How many units of work of the same transaction, including this one, may still draw numbers. */
  readonly batchSize: number;
}

export interface NewNumbers {
  readonly count: number;
  /** The name of the fields that hold them. */
  readonly field: string;
  /** Fields of the counter's document to raise to these values. */
  readonly raise?: Raise;
}

/** The ids and counter numbers that the server assigns in one unit of work. */
export class Assignments {
  readonly #draws: Draws;
  readonly #ids = new Set<unknown>();
  readonly #numbers = new Map<string, Set<number>>();
  readonly #instants = new Set<number>();
  #used = 0;

  constructor(draws: Draws) {
    this.#draws = draws;
  }

  /** The numbers that earlier attempts drew and this one has not used. */
  get unused(): DrawnNumbers {
    return this.#draws.drawn.slice(this.#used);
  }

  get all(): Omit<Assigned, 'instant' | 'hidden'> {
    return { ids: this.#ids, numbers: this.#numbers, instants: this.#instants };
  }

  newId(prefix: string): string {
    return this.assign(`${prefix}${randomUUID()}`);
  }

  /** Marks an id as assigned by the server. */
  assign(id: string): string {
    this.#ids.add(id);
    return id;
  }

  /** Marks a number in fields of this name as derived from what was assigned. */
  assignNumber(field: string, number: number): void {
    const known = this.#numbers.get(field) ?? new Set();
    this.#numbers.set(field, known.add(number));
  }

  /** Marks an instant as derived from the present. */
  assignInstant(instant: Date): void {
    this.#instants.add(instant.getTime());
  }

  /** The next numbers of a counter, for the fields with this name. A dry run gets negative numbers, which nobody else has. */
  async newNumbers(counter: Counter, { count, field, raise = {} }: NewNumbers): Promise<number[]> {
    const first = this.#draws.dryRun ? -count : await this.#draw(counter, count, raise);
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    for (const number of numbers) this.assignNumber(field, number);
    return numbers;
  }

  async #draw(counter: Counter, count: number, raise: Raise): Promise<number> {
    const { counters, drawn, batchSize } = this.#draws;
    const before = drawn[this.#used];
    this.#used += 1;
    const spare = Object.keys(raise).length === 0;
    if (before !== undefined && sameCounter(before.counter, counter) && before.count === count) {
      // The instant of this attempt is later than that of the attempt before.
      if (!spare) await counters.draw(counter, { count: 0, raise });
      return before.number;
    }
    if (before !== undefined) counters.giveBackAll([before]);
    const number = await counters.draw(counter, { count, raise, batchSize });
    drawn[this.#used - 1] = { counter, count, number, spare };
    return number;
  }
}

const sameCounter = (a: Counter, b: Counter) => a.collection === b.collection && a.id === b.id;
