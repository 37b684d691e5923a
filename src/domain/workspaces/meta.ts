import { refuse } from '../../base/errors.ts';
import type { Filter } from '../../store/collection.ts';
import type { MetaItem } from '../resources/resource.ts';

const MAX_TOTAL = 16_000;
const MAX_ITEM = 900;

const bytes = (text: string) => Buffer.byteLength(text);

/**
 * User metadata as it is kept, in KBase's rules: key and value together 900 bytes at most.
 *
 * @throws metadata_invalid
 */
export function metaItems(meta: Readonly<Record<string, string | null>> | undefined): MetaItem[] {
  return Object.entries(meta ?? {}).map(([key, value]) => {
    if (value === null) throw refuse('metadata_invalid', `Null value for metadata key ${key}`);
    if (bytes(key) + bytes(value) > MAX_ITEM) {
      throw refuse(
        'metadata_invalid',
        `Total size of metadata key + value exceeds maximum of ${MAX_ITEM}B for key ${key}`,
      );
    }
    return { key, value };
  });
}

/** All of a workspace's metadata as JSON takes 16,000 bytes at most. @throws metadata_invalid */
export function assertMetaSize(meta: readonly MetaItem[], message = `Metadata exceeds maximum of ${MAX_TOTAL}B`): void {
  if (bytes(JSON.stringify(metaObject(meta))) > MAX_TOTAL) throw refuse('metadata_invalid', message);
}

export function metaObject(meta: readonly MetaItem[]): Record<string, string> {
  return Object.fromEntries(meta.map(({ key, value }) => [key, value]));
}

/** Those with this one key and value in their metadata. @throws metadata_invalid for more than one */
export function metaFilter(meta: Readonly<Record<string, string | null>> | undefined): Filter {
  const [item, ...more] = Object.entries(meta ?? {});
  if (more.length > 0) throw refuse('metadata_invalid', 'Only one metadata spec allowed');
  if (item === undefined) return {};
  const [key, value] = item;
  return { meta: { $elemMatch: { key: { $eq: key }, value: { $eq: value } } } };
}
