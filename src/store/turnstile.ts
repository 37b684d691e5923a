import { setTimeout as sleep } from 'node:timers/promises';

/** A fair lock: lets one caller through at a time, in the order of their arrival. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();
  #entered = 0;

  /** How many callers have come so far. */
  get entered(): number {
    return this.#entered;
  }

  /**
   * Resolves when those before have left, or after the given time at the latest. The caller must call the function it
   * resolves to when leaving.
   */
  async enter(patienceMs: number): Promise<() => void> {
    this.#entered += 1;
    const before = this.#last;
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => left);
    const given = new AbortController();
    await Promise.race([before, sleep(patienceMs, undefined, { signal: given.signal }).catch(() => undefined)]);
    given.abort();
    return leave;
  }
}
