/** A moment on both clocks of the process. */
export interface Instant {
  /** Milliseconds of `performance.now()`, which is never adjusted. */
  readonly monotonic: number;
  /** Milliseconds of `Date.now()`. */
  readonly wall: number;
}

/** How long rights that were read may be relied on before they are read again. */
export const MAX_RIGHTS_AGE_MS = 1_000;

export const LONG_AGO: Instant = { monotonic: Number.NEGATIVE_INFINITY, wall: 0 };

export function instant(): Instant {
  return { monotonic: performance.now(), wall: Date.now() };
}

/**
 * Milliseconds since then, by the clock that shows more. The monotonic clock (CLOCK_MONOTONIC on Linux) runs while the
 * process is stopped but not while the machine sleeps; the wall clock runs during sleep but may be adjusted. So stopping,
 * sleeping and adjusting the clock can only make knowledge older.
 */
export function ageOf({ monotonic, wall }: Instant): number {
  return Math.max(performance.now() - monotonic, Math.abs(Date.now() - wall));
}

/** Whether rights that were read then may still be relied on. */
export const isFresh = (then: Instant): boolean => ageOf(then) <= MAX_RIGHTS_AGE_MS;
