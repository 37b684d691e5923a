import type { Authority } from '../../access/authority.ts';
import type { DataSource } from '../../objects/data.ts';
import type { MethodContext } from '../method.ts';

/** What reading data takes, under this authority. */
export function sourceFor({ database, people }: MethodContext, who: Authority): DataSource {
  return { reader: database, people, files: database.files, readership: { who } };
}
