import { ObjectId } from 'mongodb';

/** A new id whose text sorts by the time it was made (24 hexadecimal digits). */
export function timeOrderedId(): string {
  return new ObjectId().toHexString();
}

/** The lowest id that {@link timeOrderedId} makes at or after this instant (to the second). */
export function firstIdAt(instant: Date): string {
  return ObjectId.createFromTime(Math.floor(instant.getTime() / 1000)).toHexString();
}
