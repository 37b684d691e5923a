import { BSON } from 'mongodb';

/** A document as it comes back from the database after it was stored. @throws what the driver throws for one it cannot store */
export function asRead<T extends object>(doc: T): T {
  return BSON.deserialize(BSON.serialize(doc, { ignoreUndefined: true })) as T;
}
