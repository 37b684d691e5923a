import { refuse } from './errors.ts';

/** A right that may end: from `expires` on it gives nothing, whether or not it was removed yet. */
export interface Expiring {
  /** Absent for a lasting right. */
  readonly expires?: Date;
}

/** Whether the right holds at this instant. */
export function holds({ expires }: Expiring, at: Date): boolean {
  return expires === undefined || expires.getTime() > at.getTime();
}

/**
 * The condition on a right in a filter: that it holds at this instant. Ends of grants and memberships are whole seconds, so
 * that the filters of one second are equal and the database answers equal reads once.
 */
export const holdingAt = (at: Date) => ({ expires: { $not: { $lte: wholeSecond(at) } } });

/** The later of two ends; undefined for a right that lasts. */
export function laterEnd(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return undefined;
  return one.getTime() > other.getTime() ? one : other;
}

/** The earlier of two ends; undefined for a right that lasts. */
export function earlierEnd(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.getTime() < other.getTime() ? one : other;
}

export const sameEnd = (one: Expiring, other: Expiring): boolean => one.expires?.getTime() === other.expires?.getTime();

/** An instant by RFC 3339, which has a time zone: without one, the end would depend on where the service runs. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * The end of a right as a caller gave it, rounded down to a whole second.
 *
 * @throws invalid_params unless it is an instant in the future
 */
export function readExpires(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined;
  const given = new Date(text);
  if (!INSTANT.test(text) || Number.isNaN(given.getTime())) {
    throw refuse(
      'invalid_params',
      `expires must be an instant such as 2027-01-31T12:00:00Z (was: ${text.slice(0, 64)})`,
    );
  }
  const expires = wholeSecond(given);
  if (!holds({ expires }, now)) {
    throw refuse('invalid_params', `expires must be in the future (was: ${given.toISOString()})`);
  }
  return expires;
}

const wholeSecond = (at: Date) => new Date(Math.floor(at.getTime() / 1000) * 1000);
