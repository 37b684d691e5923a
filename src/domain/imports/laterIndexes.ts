import { auditCollection } from '../../audit/record.ts';
import type { AnyCollection } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { contents } from '../objects/content.ts';
import { versions } from '../objects/object.ts';

/** Indexes with an entry or more for each version, by which an import does not read. */
const LATER: readonly AnyCollection[] = [
  versions,
  contents,
  { ...auditCollection, indexes: auditCollection.indexes.filter(({ key }) => 'records.resources' in key) },
];

/**
 * Drops indexes before an import into an empty house: to make them once everything is there costs much less. The start of
 * the service, or of the import when it continues, would make them too.
 */
export const dropLaterIndexes = (database: Database): Promise<void> => database.dropIndexes(LATER);

/** Makes them again. */
export const makeLaterIndexes = (database: Database): Promise<void> => database.prepare(LATER);
