import { ObjectId } from 'mongodb';

/** A new id whose text sorts by the time it was made (24 hexadecimal digits). */
export function timeOrderedId(): string {
  return new ObjectId().toHexString();
}
