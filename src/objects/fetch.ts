import { LRUCache } from 'lru-cache';
import { dynamicConfig } from '../config/dynamic.ts';
import { RawJson } from '../json/rawJson.ts';
import type { Reader } from '../store/collection.ts';
import type { Files } from '../store/files.ts';
import { type Content, contents } from './content.ts';

/** Contents that are read at once where they stand inline: how many, and bytes of them. */
const MAX_READ = 1_000;
const MAX_READ_BYTES = 16_000_000;
/** What is remembered, and the largest of it. */
const MAX_REMEMBERED_BYTES = 32_000_000;
const MAX_ENTRY_BYTES = 64_000;

/** A content that is wanted. */
export interface WantedContent {
  readonly checksum: string;
  readonly size: number;
}

/** A content's checksum says what it is, so what was read once stays right. */
const remembered = new WeakMap<Reader, LRUCache<string, RawJson>>();

function memoryOf(reader: Reader): LRUCache<string, RawJson> {
  const known =
    remembered.get(reader) ??
    new LRUCache<string, RawJson>({
      maxSize: MAX_REMEMBERED_BYTES,
      maxEntrySize: MAX_ENTRY_BYTES,
      sizeCalculation: ({ bytes }) => bytes.length + 100,
    });
  remembered.set(reader, known);
  return known;
}

/** The data of these checksums; of the large ones as many are fetched at once as `backend-file-retrieval-scaling` says. */
export async function fetchContents(
  reader: Reader,
  files: Files,
  wanted: readonly WantedContent[],
): Promise<(checksum: string) => RawJson> {
  const memory = memoryOf(reader);
  const found = new Map<string, RawJson>();
  const missing = new Map<string, WantedContent>();
  for (const content of wanted) {
    const known = memory.get(content.checksum);
    if (known === undefined) missing.set(content.checksum, content);
    else found.set(content.checksum, known);
  }
  const large: string[] = [];
  for (const batch of batches([...missing.values()])) {
    for (const { _id: checksum, inline } of await readContents(reader, batch)) {
      if (inline === undefined) large.push(checksum);
      else remember(checksum, new RawJson(bytesOf(inline)));
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

/** Does the work on every item, on so many at once. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

/** The driver gives a binary value as an object of its own around the bytes. */
function bytesOf(inline: NonNullable<Content['inline']>): Uint8Array {
  return 'buffer' in inline && inline.buffer instanceof Uint8Array ? inline.buffer : inline;
}

function lost(checksum: string): never {
  throw new Error(`there is no content ${checksum}`);
}
