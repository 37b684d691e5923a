import { StewardError } from '../../base/errors.ts';

/** Puts the prefix before the message of an error of the work. */
export function withPrefix<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StewardError ? error.of(prefix) : error;
  }
}

/** The work on one item of a list, whose errors name its position. */
export function inList<T>(className: string, index: number, work: () => T): T {
  return withPrefix(`Error on ${className} #${index + 1}: `, work);
}

/** Null when the work throws a StewardError. */
export function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof StewardError) return null;
    throw error;
  }
}
