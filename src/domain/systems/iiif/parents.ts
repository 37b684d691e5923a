import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { ReadAccess } from '../../access/context.ts';
import { may } from '../../access/may.ts';
import { externalIdForLookup } from '../../resources/iiifPath.ts';
import { type Address, invalidFields } from './address.ts';
import { type IiifType, iiifTypes, kinds } from './kinds.ts';
import { type GuardedObject, keyOf, objectsAt } from './objects.ts';

const MAX_NAMED = 1_000;

/** The types whose objects carry objects of this type. */
const parentTypes = (type: IiifType): IiifType[] =>
  iiifTypes.filter((parent) => Object.values(kinds[parent].children).includes(type));

/**
 * The parents that `belongsTo` names, each once, in order.
 *
 * @throws iiif_fields_invalid for a missing one; iiif_embedding_denied when the caller may not write to one
 */
export async function parentsNamed(
  { reader, authority, base }: ReadAccess & { readonly base: string },
  address: Address,
  belongsTo: readonly string[],
): Promise<GuardedObject[]> {
  const fail = (message: string) => invalidFields(address, { belongsTo: [message] });
  if (belongsTo.length > MAX_NAMED) throw fail(`An object belongs to at most ${MAX_NAMED} others.`);
  const types = parentTypes(address.type);
  const candidatesOf = (atId: string) => types.map((type) => ({ type, externalId: externalIdForLookup(type, atId) }));
  const found = await objectsAt(reader, belongsTo.flatMap(candidatesOf), 'guarded');
  const byKey = new Map(found.map((object) => [keyOf(object), object]));
  const parents = new Set<GuardedObject>();
  for (const atId of belongsTo) {
    const [parent] = candidatesOf(atId).flatMap((candidate) => byKey.get(keyOf(candidate)) ?? []);
    if (parent === undefined) {
      const labels = types.map((type) => kinds[type].label).join(' or ') || 'object that could carry it';
      throw fail(`There is no ${labels} with @id '${cutToCharacters(atId, 200)}'.`);
    }
    parents.add(parent);
  }
  for (const parent of parents) {
    if (!(await may({ reader, authority }, 'write', parent))) {
      throw refuse('iiif_embedding_denied', base + (parent.externalId ?? ''));
    }
  }
  return [...parents];
}
