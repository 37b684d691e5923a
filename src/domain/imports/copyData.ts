import { hash } from 'node:crypto';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { eachOf } from './allOf.ts';
import { assertMd5, checkedBytes } from './blobs.ts';
import { number, type StepContext, text } from './step.ts';

/** Data of more bytes is stored by itself, in pieces. */
const SMALL = 256 * 1024;
/** The bytes of small data that are read at once. */
const MAX_TOGETHER = 8_000_000;
/** How many large data are copied at a time. */
const LARGE_TOGETHER = 4;

/** Stores the data of these versions, so that the versions never name data that is not there. */
export async function copyData(context: StepContext, found: readonly ForeignDocument[]): Promise<void> {
  const sizes = [...new Map(found.map((v) => [text(v, 'chksum'), number(v, 'size')]))];
  await copySmall(
    context,
    sizes.filter(([, size]) => size <= SMALL),
  );
  await copyLarge(
    context,
    sizes.filter(([, size]) => size > SMALL),
  );
}

type Sized = readonly [checksum: string, size: number];

async function copySmall({ blobs, contents }: StepContext, small: readonly Sized[]): Promise<void> {
  let together: string[] = [];
  let bytes = 0;
  const copyTogether = async () => {
    const data = await blobs.read(together);
    for (const checksum of together) assertMd5(checksum, hash('md5', data.get(checksum) ?? '', 'hex'));
    await contents.storeNew(data);
    together = [];
    bytes = 0;
  };
  for (const [checksum, size] of small) {
    together.push(checksum);
    bytes += size;
    if (bytes > MAX_TOGETHER) await copyTogether();
  }
  if (together.length > 0) await copyTogether();
}

const copyLarge = ({ blobs, contents }: StepContext, large: readonly Sized[]): Promise<void> =>
  eachOf(large, LARGE_TOGETHER, ([checksum, size]) => contents.store(checksum, checkedBytes(checksum, size, blobs)));
