/** One of those who wait, and how they are answered. */
export interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (value: O) => void;
  readonly reject: (error: unknown) => void;
}

export interface CoalescerOptions<I, O> {
  /** How many of those that wait, from the first on, go together; at least one. */
  readonly take: (waiting: readonly Waiting<I, O>[]) => number;
  /**
   * Answers each of the group, but for those that it returns, who wait again, before all others. Where it throws, those
   * without an answer are rejected.
   */
  readonly write: (group: readonly Waiting<I, O>[]) => Promise<readonly Waiting<I, O>[] | undefined>;
  /** So many groups may be on their way at a time; 1 by default. */
  readonly width?: number;
  /** Awaited before a group is taken, for those who come meanwhile. */
  readonly gather?: () => Promise<unknown>;
  /** Called when nobody waits and no group is on its way. */
  readonly onIdle?: () => void;
}

/** A queue for work of which many items cost hardly more than one: what waits while a group is on its way goes together. */
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

  /** Resolves to what `write` answers this item with. */
  join(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running < this.#width) this.#begin();
    });
  }

  /** Resolves once everybody who has joined so far is answered. */
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
      if (gather !== undefined) await gather();
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
}
