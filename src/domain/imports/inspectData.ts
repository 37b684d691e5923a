import { createHash } from 'node:crypto';
import { eachOf } from './allOf.ts';
import { isSmall, LARGE_TOGETHER, type SizedBlob, togetherOf } from './blobGroups.ts';
import { type Blobs, md5Of } from './blobs.ts';

/** Reads this data, and finds what is damaged: its checksum, and the MD5 that it has. */
export async function damagedAmong(blobs: Blobs, all: readonly SizedBlob[]): Promise<ReadonlyMap<string, string>> {
  const damaged = new Map<string, string>();
  const check = (checksum: string, md5: string) => void (md5 !== checksum && damaged.set(checksum, md5));
  for (const together of togetherOf(all.filter(isSmall))) {
    const data = await blobs.read(together);
    for (const checksum of together) check(checksum, md5Of(data.get(checksum)));
  }
  const large = all.filter((blob) => !isSmall(blob));
  await eachOf(large, LARGE_TOGETHER, async ([checksum]) => {
    const md5 = createHash('md5');
    for await (const piece of blobs.pieces(checksum)) md5.update(piece);
    check(checksum, md5.digest('hex'));
  });
  return damaged;
}
