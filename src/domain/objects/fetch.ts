import { LRUCache } from 'lru-cache';
import type { Bytes } from '../../base/json/bytes.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import type { Reader } from '../../store/collection.ts';
import type { Files } from '../../store/files.ts';
import { unwrapped } from '../../store/witness.ts';
import { dynamicConfig } from '../dynamicConfig.ts';
import { contents, inlineBytes } from './content.ts';

/** The most inline contents, and bytes of them, that one query reads. */
const MAX_READ = 1_000;
const MAX_READ_BYTES = 16_000_000;
/** The bytes that are read into memory for one call; the rest is read while it is sent. */
const MAX_EAGER_BYTES = 16_000_000;
/** The size of the cache, and of its largest entry. */
const MAX_REMEMBERED_BYTES = 32_000_000;
const MAX_ENTRY_BYTES = 64_000;

export interface WantedContent {
  readonly checksum: string;
  readonly size: number;
}

/** By checksum: entries never go out of date. */
const remembered = new WeakMap<Reader, LRUCache<string, RawJson>>();

function memoryOf(reader: Reader): LRUCache<string, RawJson> {
  const by = unwrapped(reader);
  const known =
    remembered.get(by) ??
    new LRUCache<string, RawJson>({
      maxSize: MAX_REMEMBERED_BYTES,
      maxEntrySize: MAX_ENTRY_BYTES,
      sizeCalculation: ({ bytes }) => bytes.length + 100,
    });
  remembered.set(by, known);
  return known;
}

/**
 * The data of these checksums. As many files are read at a time as `backend-file-retrieval-scaling` says. What is too
 * much for memory is read in pieces while it is written out.
 */
export async function fetchContents(
  reader: Reader,
  files: Files,
  wanted: readonly WantedContent[],
): Promise<(checksum: string) => RawJson> {
  const memory = memoryOf(reader);
  const found = new Map<string, RawJson>();
  const missing = new Map<string, WantedContent>();
  const later = new Map<string, WantedContent>();
  let eager = 0;
  for (const content of wanted) {
    const { checksum, size } = content;
    if (found.has(checksum) || missing.has(checksum)) continue;
    const known = memory.get(checksum);
    if (known !== undefined) found.set(checksum, known);
    else if (eager + size > MAX_EAGER_BYTES) later.set(checksum, content);
    else {
      missing.set(checksum, content);
      eager += size;
    }
  }
  for (const content of await asStored(reader, [...later.keys()])) {
    if (eager + content.size > MAX_EAGER_BYTES) {
      found.set(content.checksum, new RawJson(bytesLater(reader, files, content)));
    } else {
      missing.set(content.checksum, content);
      eager += content.size;
    }
  }
  const large: string[] = [];
  for (const batch of batches([...missing.values()])) {
    for (const { _id: checksum, inline } of await readContents(reader, batch)) {
      if (inline === undefined) large.push(checksum);
      else remember(checksum, new RawJson(inlineBytes(inline)));
    }
  }
  if (large.length > 0) {
    const { 'backend-file-retrieval-scaling': atOnce } = await dynamicConfig(reader);
    await each(large, atOnce, async (checksum) => remember(checksum, new RawJson(await files.read(checksum))));
  }
  return (checksum) => found.get(checksum) ?? lost(checksum);

  function remember(checksum: string, data: RawJson): void {
    found.set(checksum, data);
    memory.set(checksum, data);
  }
}

/** These contents with their sizes, which must be certain before an answer that is read while it is sent begins. */
async function asStored(reader: Reader, checksums: readonly string[]): Promise<WantedContent[]> {
  const stored: WantedContent[] = [];
  for (let i = 0; i < checksums.length; i += MAX_READ) {
    const filter = { _id: { $in: checksums.slice(i, i + MAX_READ) } };
    const page = await reader.parts(contents, filter, { fields: ['size'] });
    stored.push(...page.map(({ _id: checksum, size }) => ({ checksum, size })));
  }
  return stored;
}

/** The data in pieces, read when they are asked for. */
function bytesLater(reader: Reader, files: Files, { checksum, size }: WantedContent): Bytes {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const [content] = await reader.parts(contents, { _id: { $in: [checksum] } }, { fields: ['inline'] });
    if (content === undefined) lost(checksum);
    if (content.inline === undefined) yield* files.bytes(checksum, size).pieces();
    else yield inlineBytes(content.inline);
  }
  return { length: size, pieces };
}

const readContents = (reader: Reader, batch: readonly WantedContent[]) =>
  reader.parts(contents, { _id: { $in: batch.map((c) => c.checksum) } }, { fields: ['inline'] });

function* batches(wanted: readonly WantedContent[]): Generator<WantedContent[]> {
  let batch: WantedContent[] = [];
  let bytes = 0;
  for (const content of wanted) {
    if (batch.length > 0 && (batch.length === MAX_READ || bytes + content.size > MAX_READ_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(content);
    bytes += content.size;
  }
  if (batch.length > 0) yield batch;
}

/** Does the work on every item, on at most `atOnce` at a time. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

function lost(checksum: string): never {
  throw new Error(`there is no content ${checksum}`);
}
