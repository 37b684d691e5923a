import type { Database } from '../database.ts';
import { type FormatDocument, FormatError, formatOf, readFormat } from './format.ts';
import { FIRST_FORMAT, formatAfter } from './index.ts';

/** The state of a database: `new` if nobody has used it, `older` if steps must be applied. */
export type State = 'upToDate' | 'new' | 'older';

/**
 * @param program the version of this program
 * @throws FormatError if the database has, or is being migrated to, a format that this program does not know
 */
export async function stateOf({ db, migrations }: Database, program: string): Promise<State> {
  const newest = formatAfter(migrations);
  const document = await readFormat(db);
  if (document === null) return (await formatOf(db)) === undefined ? 'new' : 'older';
  if (Math.max(document.format, document.migrating?.to ?? 0) > newest) {
    const known = newest === FIRST_FORMAT ? `format ${newest}` : `formats ${FIRST_FORMAT} to ${newest}`;
    throw new FormatError(tooNew(db.databaseName, document, `this program, Steward ${program}, knows ${known}`));
  }
  return document.format === newest && document.migrating === undefined ? 'upToDate' : 'older';
}

function tooNew(name: string, { format, migrating, program }: FormatDocument, knows: string): string {
  if (migrating !== undefined) {
    return (
      `The database ${name} is on its way from format ${format} to format ${migrating.to}, and ${knows}. Start the newer ` +
      'Steward that began the migration, and it goes on; or restore a backup from before it.'
    );
  }
  return (
    `The database ${name} has format ${format}, written by Steward ${program}, and ${knows}. Start that newer Steward, ` +
    'or restore a backup from before its migration.'
  );
}
