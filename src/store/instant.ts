/** A moment, by both clocks of the process. */
export interface Instant {
  /** Milliseconds of `performance.now()`, which nobody sets. */
  readonly monotonic: number;
  /** Milliseconds of `Date.now()`. */
  readonly wall: number;
}

/** Nothing acts on what it has read of rights for longer than this without reading it again. */
export const BELIEVED_MS = 1_000;

export const LONG_AGO: Instant = { monotonic: Number.NEGATIVE_INFINITY, wall: 0 };

export function instant(): Instant {
  return { monotonic: performance.now(), wall: Date.now() };
}

/**
 * Milliseconds since then, by the clock that says more. The monotonic one (CLOCK_MONOTONIC on Linux) goes on while the
 * process is stopped, and stands still while the machine sleeps; the wall clock goes on then, and may be set. So a stop,
 * a sleep and a clock that is set all make what is known older, and none makes it younger.
 */
export function ageOf({ monotonic, wall }: Instant): number {
  return Math.max(performance.now() - monotonic, Math.abs(Date.now() - wall));
}

/** Whether what was read then may still be acted on. */
export const isFresh = (then: Instant): boolean => ageOf(then) <= BELIEVED_MS;
