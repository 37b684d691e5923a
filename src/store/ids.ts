import { ObjectId } from 'mongodb';

/** A new id of 24 hexadecimal digits that sorts by creation time. */
export function timeOrderedId(): string {
  return new ObjectId().toHexString();
}
