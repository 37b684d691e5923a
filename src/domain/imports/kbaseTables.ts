import type { CollectionMapping } from './mapping.ts';
import { TYPE_TABLES } from './typeTables.ts';
import { WORKSPACE_TABLES } from './workspaceTables.ts';

/** How the collections of the KBase Workspace Service 0.15 (schema version 2) become those of Steward. */
export const KBASE_TABLES: readonly CollectionMapping[] = [
  ...WORKSPACE_TABLES.map((table) => ({ database: 'workspace', ...table }) as const),
  ...TYPE_TABLES.map((table) => ({ database: 'types', ...table }) as const),
];

const byName = new Map(KBASE_TABLES.map((table) => [table.collection, table]));

/** The table of a collection. The two databases have no name in common. */
export function tableOf(collection: string): CollectionMapping {
  const table = byName.get(collection);
  if (table === undefined) throw new TypeError(`there is no table for the collection ${collection}`);
  return table;
}

/** Whether the collection of this database is in the tables. */
export const isKnown = (database: CollectionMapping['database'], collection: string): boolean =>
  byName.get(collection)?.database === database;
