import { refuse } from '../../base/errors.ts';
import type { Filter } from '../../store/collection.ts';
import type { MetaItem } from '../resources/resource.ts';

const MAX_TOTAL = 16_000;
const MAX_ITEM = 900;

const bytes = (text: string) => Buffer.byteLength(text);

/**
 * Metadata as it is stored. By KBase's rules, key and value have at most 900 bytes together.
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

/** All metadata has at most 16,000 bytes as JSON. @throws metadata_invalid */
export function assertMetaSize(meta: readonly MetaItem[], message = `Metadata exceeds maximum of ${MAX_TOTAL}B`): void {
  if (bytes(JSON.stringify(metaObject(meta))) > MAX_TOTAL) throw refuse('metadata_invalid', message);
}

export function metaObject(meta: readonly MetaItem[]): Record<string, string> {
  return Object.fromEntries(meta.map(({ key, value }) => [key, value]));
}

/** The filter for this key and value in the metadata. @throws metadata_invalid for more than one key */
export function metaFilter(meta: Readonly<Record<string, string | null>> | undefined): Filter {
  const [item, ...more] = Object.entries(meta ?? {});
  if (more.length > 0) throw refuse('metadata_invalid', 'Only one metadata spec allowed');
  if (item === undefined) return {};
  const [key, value] = item;
  return { meta: { $elemMatch: { key: { $eq: key }, value: { $eq: value } } } };
}
