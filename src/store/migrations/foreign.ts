import type { Db } from 'mongodb';
import { FormatError, readFormat } from './format.ts';

/** The collections that Steward may create in a new database before the version document. */
const OWN = new Set(['meta', 'leases', 'instances']);
/** The collections that identify a database of a KBase Workspace Service. */
const OF_KBASE = ['workspaceACLs', 'workspaceObjVersions', 'workspaceCounter'];
const MAX_NAMED = 3;

/**
 * Refuses a new database that holds collections of another application, since names might clash.
 *
 * @throws FormatError
 */
export async function assertNotForeign(db: Db): Promise<void> {
  const all = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const foreign = all.filter((name) => !name.startsWith('system.') && !OWN.has(name)).sort();
  // Another instance may have just created the version document and the collections.
  if (foreign.length === 0 || (await readFormat(db)) !== null) return;
  const known = OF_KBASE.filter((name) => foreign.includes(name));
  const named = (known.length > 0 ? known : foreign).slice(0, MAX_NAMED);
  const more = foreign.length > named.length ? `, and ${foreign.length - named.length} more` : '';
  const whose = known.length > 0 ? 'a KBase Workspace Service' : 'another application';
  const database = `The database ${db.databaseName} holds collections of ${whose} (${named.join(', ')}${more})`;
  const another = 'Name an empty database of its own in mongodb-database (or --mongodb-database)';
  throw new FormatError(
    known.length > 0
      ? `${database}; Steward does not work in it, and has changed nothing. ${another}; ` +
          'steward import kbase copies into that one what the KBase database holds.'
      : `${database}; Steward does not work beside it, and has changed nothing. ${another}.`,
  );
}
