import { type Cache, cacheOf } from '../../base/cache.ts';
import { refuse } from '../../base/errors.ts';
import type { Reader } from '../../store/collection.ts';
import { unwrapped } from '../../store/witness.ts';
import { compiledVersion } from './compile.ts';
import type { StorableType } from './dataType.ts';
import { storableTypeOf } from './kidl/dataTypeOf.ts';
import { resolveType } from './resolveType.ts';

const MAX_TYPES = 1_000;

/** By reader and exact version, which never changes. */
const known = new WeakMap<Reader, Cache<StorableType>>();

/**
 * The type that a typestring means for a save: the newest released version, or the newest released one of a major
 * version, also for owners of the module. An unreleased version must be named exactly.
 *
 * @throws typestring_invalid, module_missing, type_missing, type_unreleased, type_not_storable
 */
export async function typeForSaving(reader: Reader, typestring: string | null | undefined): Promise<StorableType> {
  const by = unwrapped(reader);
  const cache = known.get(by) ?? cacheOf(MAX_TYPES);
  known.set(by, cache);
  const before = cache.get(typestring ?? '');
  if (before !== undefined) return before;
  const { _id, module, name, madeIn } = await resolveType(reader, undefined, typestring);
  const cached = cache.get(_id);
  if (cached !== undefined) return cached;
  const { module: compiled } = await compiledVersion(reader, module, madeIn);
  const typedef = compiled.typedefs.get(name);
  const type = typedef === undefined ? undefined : storableTypeOf(typedef, _id);
  if (type === undefined) throw refuse('type_not_storable');
  cache.set(_id, type);
  return type;
}
