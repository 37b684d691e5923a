import { BSON } from 'mongodb';

/** The document as the database would return it once stored. @throws what the driver throws if it cannot be stored */
export function asRead<T extends object>(doc: T): T {
  return BSON.deserialize(BSON.serialize(doc, { ignoreUndefined: true })) as T;
}
