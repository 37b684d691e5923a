import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Wanted } from '../../../store/collection.ts';
import type { ReadAccess } from '../../access/context.ts';
import type { AccessFields } from '../../access/decide.ts';
import { may } from '../../access/may.ts';
import { type ResourcePart, readResource } from '../../resources/reference.ts';
import type { Resource } from '../../resources/resource.ts';
import type { ResourceType } from '../../resources/types.ts';

export interface ItemName {
  readonly type: ResourceType;
  /** Its id in the catalog, or its id here. */
  readonly id: string;
}

/**
 * These fields of an item. For callers who may not read it, it is missing.
 *
 * @throws resource_missing
 */
export async function readVisible<K extends keyof Resource & string>(
  { reader, authority }: ReadAccess,
  { type, id }: ItemName,
  wanted: Wanted<K | keyof AccessFields>,
): Promise<ResourcePart<K | keyof AccessFields>> {
  const found = await readResource(reader, { type, externalId: id }, wanted);
  if (!(await may({ reader, authority }, 'read', found)))
    throw refuse('resource_missing', `${type} ${cutToCharacters(id, 200)}`);
  return found;
}
