import { refuse } from '../errors.ts';
import type { Principal } from '../identity/principal.ts';
import type { Reader } from '../store/collection.ts';
import type { StorableType } from './dataType.ts';
import { parseTypestring } from './typestring.ts';

/**
 * The type that a typestring means to somebody who saves: without a version the newest released one, with a major version
 * the newest of it. An unreleased version is for the owners of its module alone.
 *
 * @throws typestring_invalid, module_missing, module_empty, type_missing, type_unreleased, type_not_storable
 */
export async function typeForSaving(
  _reader: Reader,
  _user: Principal | undefined,
  typestring: string,
): Promise<StorableType> {
  const { module } = parseTypestring(typestring);
  throw refuse('module_missing', module);
}
