/** After how many ends the measure counts. */
const ENOUGH = 16;
/** Of more ends, the earlier ones count half. */
const MANY = 128;

/** Measures how fast calls end while others wait for them to end. */
export class Throughput {
  #since: number | undefined;
  #ends = 0;

  /** Notes that a call has ended. @param isAwaited whether others wait for that */
  ended(isAwaited: boolean): void {
    const now = performance.now();
    if (!isAwaited) {
      this.#since = undefined;
    } else if (this.#since === undefined) {
      [this.#since, this.#ends] = [now, 0];
    } else {
      this.#ends += 1;
      if (this.#ends < MANY) return;
      [this.#since, this.#ends] = [now - (now - this.#since) / 2, this.#ends / 2];
    }
  }

  /** How long it takes until so many calls have ended, in milliseconds; 0 while too few were seen. */
  timeFor(calls: number): number {
    if (this.#since === undefined || this.#ends < ENOUGH) return 0;
    return (calls * (performance.now() - this.#since)) / this.#ends;
  }
}
