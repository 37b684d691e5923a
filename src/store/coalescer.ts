import { setImmediate as immediate } from 'node:timers/promises';

/** For how many turns of the event loop a group waits at most. Each is shorter than the round trip that sharing saves. */
const MAX_TURNS = 4;

/** An item that waits, and the functions that answer it. */
export interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (value: O) => void;
  readonly reject: (error: unknown) => void;
}

export interface CoalescerOptions<I, O> {
  /** How many of the waiting items, from the first on, form the next group; at least one. */
  readonly take: (waiting: readonly Waiting<I, O>[]) => number;
  /**
   * Answers each item of the group, except those that it returns, which go back to the front of the queue. If it throws,
   * the unanswered items are rejected.
   */
  readonly write: (group: readonly Waiting<I, O>[]) => Promise<readonly Waiting<I, O>[] | undefined>;
  /** How many groups may be in flight at a time; 1 by default. */
  readonly width?: number;
  /** Whether a group waits for more items to the end of the turn of the event loop, and longer while each turn brings some. */
  readonly gather?: true;
  /** Called when no item waits and no group is in flight. */
  readonly onIdle?: () => void;
}

/** A queue for work where many items cost hardly more than one: items that arrive while a group is in flight form the next. */
export class Coalescer<I, O> {
  readonly #options: CoalescerOptions<I, O>;
  readonly #width: number;
  readonly #drained = new Set<Promise<void>>();
  #waiting: Waiting<I, O>[] = [];
  #running = 0;

  constructor(options: CoalescerOptions<I, O>) {
    this.#options = options;
    this.#width = options.width ?? 1;
  }

  /** How many items wait for a group. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves to the answer of `write` for this item. */
  join(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running < this.#width) this.#begin();
    });
  }

  /** Resolves once all items that have joined so far are answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#drained);
  }

  #begin(): void {
    const drained = this.#drain().finally(() => this.#drained.delete(drained));
    this.#drained.add(drained);
  }

  async #drain(): Promise<void> {
    const { take, write, gather, onIdle } = this.#options;
    this.#running += 1;
    while (this.#waiting.length > 0) {
      if (gather) await this.#gather();
      const group = this.#waiting.splice(0, take(this.#waiting));
      if (group.length === 0) continue;
      try {
        const again = await write(group);
        if (again !== undefined) this.#waiting.unshift(...again);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running -= 1;
    if (this.#running === 0) onIdle?.();
  }

  /** A single item waits one turn. Under load, items that can share a group come in several turns. */
  async #gather(): Promise<void> {
    let known = 0;
    for (let turn = 0; turn < MAX_TURNS && this.#waiting.length > known; turn += 1) {
      known = this.#waiting.length;
      await immediate();
    }
  }
}
