import { LRUCache } from 'lru-cache';
import type { Part, Reader } from '../../store/collection.ts';
import { bsonSize } from '../../store/size.ts';
import { unwrapped } from '../../store/witness.ts';
import { type StoredVersion, versions } from './object.ts';

/** The size of the cache, and of its largest entry, in bytes of BSON. */
const MAX_REMEMBERED_BYTES = 48_000_000;
const MAX_ENTRY_BYTES = 20_000;

type Entry = Part<StoredVersion, never>;

const memories = new WeakMap<Reader, LRUCache<string, Entry>>();

function memoryOf(reader: Reader): LRUCache<string, Entry> {
  const by = unwrapped(reader);
  const known =
    memories.get(by) ??
    new LRUCache<string, Entry>({
      maxSize: MAX_REMEMBERED_BYTES,
      maxEntrySize: MAX_ENTRY_BYTES,
      sizeCalculation: bsonSize,
    });
  memories.set(by, known);
  return known;
}

/**
 * These fields of versions, by the ids of their documents. They are cached unless `adminMeta` is among them, the only
 * field that ever changes. Callers must not change the returned objects, since later calls return the same.
 */
export async function readVersionsById<K extends keyof StoredVersion & string>(
  reader: Reader,
  ids: Iterable<string>,
  fields: readonly K[],
): Promise<ReadonlyMap<string, Part<StoredVersion, K>>> {
  const memory = memoryOf(reader);
  const lasting = !fields.some((field) => field === 'adminMeta');
  const what = `${fields.join()}|`;
  const found = new Map<string, Part<StoredVersion, K>>();
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const known = lasting ? memory.get(what + id) : undefined;
    if (known === undefined) missing.push(id);
    else found.set(id, known as Part<StoredVersion, K>);
  }
  if (missing.length === 0) return found;
  // Only what no failover can roll back is cached: a version that was rolled back may be written again with other data.
  const committed = await reader.parts(versions, { _id: { $in: missing } }, { fields, committed: true });
  for (const version of committed) {
    found.set(version._id, version);
    if (lasting) memory.set(what + version._id, version);
  }
  const fresh = missing.filter((id) => !found.has(id));
  if (fresh.length === 0) return found;
  for (const version of await reader.parts(versions, { _id: { $in: fresh } }, { fields })) {
    found.set(version._id, version);
  }
  return found;
}
