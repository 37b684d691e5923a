import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { eachOf } from './allOf.ts';
import { isSmall, LARGE_TOGETHER, type SizedBlob, togetherOf } from './blobGroups.ts';
import { assertMd5, checkedBytes, md5Of } from './blobs.ts';
import { number, type StepContext, text } from './step.ts';

/** Stores the data of these versions, so that the versions never name data that is not there. */
export async function copyData({ blobs, contents }: StepContext, found: readonly ForeignDocument[]): Promise<void> {
  const all: SizedBlob[] = [...new Map(found.map((v) => [text(v, 'chksum'), number(v, 'size')]))];
  for (const together of togetherOf(all.filter(isSmall))) {
    const data = await blobs.read(together);
    for (const checksum of together) assertMd5(checksum, md5Of(data.get(checksum)));
    await contents.storeNew(data);
  }
  const large = all.filter((blob) => !isSmall(blob));
  await eachOf(large, LARGE_TOGETHER, ([checksum, size]) =>
    contents.store(checksum, checkedBytes(checksum, size, blobs)),
  );
}
