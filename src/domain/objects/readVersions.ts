import { LRUCache } from 'lru-cache';
import type { Part, Reader } from '../../store/collection.ts';
import { bsonSize } from '../../store/size.ts';
import { type StoredVersion, versions } from './object.ts';

/** What is remembered, in bytes of BSON, and the largest of it. */
const MAX_REMEMBERED_BYTES = 48_000_000;
const MAX_ENTRY_BYTES = 20_000;

type Entry = Part<StoredVersion, never>;

const memories = new WeakMap<Reader, LRUCache<string, Entry>>();

function memoryOf(reader: Reader): LRUCache<string, Entry> {
  const known =
    memories.get(reader) ??
    new LRUCache<string, Entry>({
      maxSize: MAX_REMEMBERED_BYTES,
      maxEntrySize: MAX_ENTRY_BYTES,
      sizeCalculation: bsonSize,
    });
  memories.set(reader, known);
  return known;
}

/**
 * These fields of versions, by the ids of their documents. Nothing of a version ever changes but `adminMeta`: without
 * that, what was read once is not read again. A version gives the same object each time, which nobody may change.
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
  // What a failover takes back may come again as something else: nothing of that kind is remembered.
  const committed = await reader.parts(versions, { _id: { $in: missing } }, { fields }, { committed: true });
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
