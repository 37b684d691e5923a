import { setTimeout as sleep } from 'node:timers/promises';

/** Lets one at a time through, in the order in which they came. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /**
   * Resolves when those before have left, or after so many milliseconds at the latest; to what must be called on the way
   * out.
   */
  async enter(patienceMs: number): Promise<() => void> {
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
