import type { World } from '../workspaces/world.ts';

/**
 * Collections that keep naming a former user: records, jobs, the account itself, and the names in the policy, which nobody
 * inherits.
 */
const MEMORY = ['audit', 'auditSnapshotParts', 'jobs', 'jobParts', 'jobOutcomes', 'principals', 'boundNames'];
/** Fields for who made something or gave a right, which never change. */
const STAMPS = /"(stamp|addedBy|creator|savedBy|uploadedBy)":("[^"]*"|\{[^}]*\})/g;
/** The actor in a notice to another user, as in its record. */
const DOER = /"by":"[^"]*"/g;
/** Collections that never name users: counters, keys, leases, digests and object data. */
const NAMELESS = [
  ...['counters', 'leases', 'attempts', 'loginKey', 'auditKey', 'dynamicConfig', 'idempotency'],
  ...['loadedPolicy', 'seenOwners', 'sessionUses', 'auditSegments', 'auditHead', 'auditWitnesses', 'auditSnapshots'],
  ...[
    'meta',
    'instances',
    'usedTokens',
    'heads',
    'objects',
    'contents',
    'files.chunks',
    'files.files',
    'imports',
    'types',
    'functions',
  ],
];

async function documents(world: World, user: string): Promise<{ collection: string; text: string }[]> {
  const { db } = world.database;
  const names = (await db.listCollections().toArray()).map((c) => c.name);
  const found: { collection: string; text: string }[] = [];
  for (const collection of names) {
    for (const doc of await db.collection(collection).find().toArray()) {
      const text = JSON.stringify(doc);
      if (mentions(text, user)) found.push({ collection, text });
    }
  }
  return found;
}

const mentions = (text: string, user: string) => new RegExp(`"${user}"|\\b${user}:`).test(text);

/** All other places that name this user. */
export async function traces(world: World, user: string): Promise<string[]> {
  const found = await documents(world, user);
  return found
    .filter(({ collection }) => !MEMORY.includes(collection))
    .map(({ collection, text }) => `${collection}: ${text.replace(STAMPS, '').replace(DOER, '')}`)
    .filter((place) => mentions(place, user));
}

/** The collections that could name this user and do not. */
export async function untouched(world: World, user: string): Promise<string[]> {
  const named = new Set((await documents(world, user)).map(({ collection }) => collection));
  const all = (await world.database.db.listCollections().toArray()).map((c) => c.name);
  return all.filter((name) => !named.has(name) && ![...NAMELESS, ...MEMORY].includes(name)).sort();
}
