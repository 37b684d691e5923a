import { StewardError } from '../../base/errors.ts';

/** The work's refusal says this first. */
export function within<T>(item: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StewardError ? error.of(item) : error;
  }
}

/** What the work on one item of a list gives; its refusal says which one it was. */
export function inList<T>(className: string, index: number, work: () => T): T {
  return within(`Error on ${className} #${index + 1}: `, work);
}

/** Null where the work is refused. */
export function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof StewardError) return null;
    throw error;
  }
}
