/** The pause before the next start, which grows if the previous start failed or did not last. */
const PAUSES_MS = [0, 500, 1_000, 2_000, 5_000, 10_000] as const;
/** What ran for this long counts as stable. */
const STABLE_AFTER_MS = 60_000;

/** How long to wait before something is started again that has ended: not at all the first time, and longer each time. */
export class BackOff {
  #failures = 0;

  /**
   * The pause before the next start, in milliseconds.
   *
   * @param ranMs for how long it ran; 0 if it did not start
   */
  next(ranMs: number): number {
    if (ranMs > STABLE_AFTER_MS) this.#failures = 0;
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] ?? 0;
    this.#failures += 1;
    return pause;
  }
}
