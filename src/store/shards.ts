import type { IndexDescription } from 'mongodb';
import type { Sharding } from './collection.ts';
import type { Indexed } from './indexes.ts';

/** A collection, and how it is spread over shards, if it is. */
export interface Sharded extends Indexed {
  readonly sharding?: Sharding;
}

/**
 * The commands that spread a database over the shards of a cluster, as lines for mongosh, with comments that say why.
 *
 * @param collections all of the service, those of the files included
 */
export function shardScript(database: string, collections: readonly Sharded[]): string[] {
  const spread = collections.filter(({ sharding }) => sharding !== undefined);
  const staying = collections.filter(({ sharding }) => sharding === undefined);
  return [
    '// Run these with mongosh on a mongos, as an account with the role clusterManager, while no Steward is running.',
    '// Before them, make all collections and indexes: start Steward once, or run steward setup-database.',
    `sh.enableSharding(${JSON.stringify(database)})`,
    '',
    ...spread.flatMap((of) => linesFor(database, of)),
    '// These stay on the primary shard of the database:',
    ...staying.map((of) => `// ${of.name}: ${whyItStays(of)}`),
  ];
}

function linesFor(database: string, { name, sharding }: Sharded): string[] {
  if (sharding === undefined) return [];
  const { key, why } = sharding;
  const [place, shownKey] = [JSON.stringify(`${database}.${name}`), JSON.stringify(key)];
  // A collection with documents needs an index on its key; those on names and numbers are there.
  const isHashed = Object.values(key).includes('hashed');
  const of = `db.getSiblingDB(${JSON.stringify(database)}).getCollection(${JSON.stringify(name)})`;
  return [
    `// ${name}: ${why}`,
    ...(isHashed ? [`${of}.createIndex(${shownKey})`] : []),
    `sh.shardCollection(${place}, ${shownKey})`,
    '',
  ];
}

function whyItStays({ indexes }: Sharded): string {
  const unique = indexes.filter((index) => index.unique).map(nameOf);
  if (unique.length === 0) return 'it has few documents beside those that are spread, or they are soon removed';
  return `${unique.join(' and ')} must be unique over all of its documents, not over those of each shard`;
}

const nameOf = ({ name, key }: IndexDescription): string =>
  name ??
  Object.entries(key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_');
