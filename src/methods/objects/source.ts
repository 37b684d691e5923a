import { asCaller } from '../../access/actingAs.ts';
import type { Principal } from '../../identity/principal.ts';
import type { DataSource } from '../../objects/data.ts';
import type { MethodContext } from '../method.ts';

/** What reading data takes, as this caller. */
export async function sourceFor(
  { database, people }: MethodContext,
  caller: Principal | undefined,
): Promise<DataSource> {
  return { reader: database, people, files: database.files, readership: { who: await asCaller(people, caller) } };
}
