import { ObjectId } from 'mongodb';

/** A new id whose text sorts by the time it was made (24 hexadecimal digits). */
export function timeOrderedId(): string {
  return new ObjectId().toHexString();
}

/** An id begins with the seconds since 1970, in four bytes: instants before 1970 and after 2106 count as these. */
const LAST_SECOND = 2 ** 32 - 1;

/** The lowest id that {@link timeOrderedId} makes at or after this instant (to the second). */
export function firstIdAt(instant: Date): string {
  const second = Math.floor(instant.getTime() / 1000);
  return ObjectId.createFromTime(Math.min(Math.max(second, 0), LAST_SECOND)).toHexString();
}
