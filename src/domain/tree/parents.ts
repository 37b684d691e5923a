import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights } from '../../identity/genuineAuthority.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { ReadAccess } from '../access/context.ts';
import { assertMay, type Guarded, guarding } from '../access/may.ts';
import { labelOf, readResources } from '../resources/reference.ts';
import { type Resource, resources } from '../resources/resource.ts';
import { type ResourceType, rulesOf } from '../resources/types.ts';

/** The greatest depth of a branch of types with one parent. */
const MAX_DEPTH = 1_000;

/**
 * The new parents of a resource of this type, each once and in order.
 *
 * @throws invalid_params, resource_missing
 */
export async function readParents(
  { reader, authority }: ReadAccess,
  type: ResourceType,
  ids: readonly string[],
): Promise<Guarded[]> {
  const { parents, parentRequired } = rulesOf(type);
  const wanted = [...new Set(ids)];
  if (parents === 'none' && wanted.length > 0) throw bad(type, 'has no parents');
  if (parents === 'one' && wanted.length > 1) throw bad(type, `has one parent, not ${wanted.length}`);
  if (parentRequired && wanted.length === 0) throw bad(type, 'needs a parent');
  if (wanted.length === 0) return [];
  const byId = new Map((await readResources(reader, wanted, guarding(authority))).map((r) => [r._id, r]));
  return wanted.map((id) => {
    const parent = byId.get(id);
    if (parent === undefined) throw refuse('resource_missing', `resource ${cutToCharacters(id, 100)}`);
    if (!rulesOf(parent.type).contains.includes(type)) throw bad(type, `cannot be a child of ${labelOf(parent)}`);
    return parent;
  });
}

const bad = (type: ResourceType, message: string) => refuse('invalid_params', `A resource of type ${type} ${message}`);

/** @throws permission_denied */
export async function assertMayChangeBelow(
  reader: Reader,
  authority: Authority,
  parents: readonly Guarded[],
): Promise<void> {
  if (hasAllRights(authority)) return;
  for (const parent of parents) await assertMay({ reader, authority }, 'write', parent);
}

/**
 * Makes sure that a resource does not become its own ancestor, and that its new parents are not removed meanwhile.
 * Types with several parents may have cycles, since every walk through the tree visits each resource once. For the
 * others, all ancestors are touched, so that two moves conflict that only together would close a cycle.
 *
 * @throws resource_cycle, too_many_resources
 */
export async function guardNewParents(
  tx: Transaction,
  moved: Pick<Resource, '_id' | 'type' | 'externalId'>,
  parents: readonly Guarded[],
): Promise<void> {
  if (rulesOf(moved.type).parents === 'many') return touchParents(tx, parents);
  const seen = new Set<string>();
  let level = parents.map(({ _id }) => _id);
  while (level.length > 0) {
    const found = await readResources(tx, level, { fields: [] });
    for (const ancestor of found) {
      if (ancestor._id === moved._id) throw refuse('resource_cycle', labelOf(moved), labelOf(parents[0] ?? moved));
      seen.add(ancestor._id);
      await tx.touch(resources, ancestor);
    }
    if (seen.size > MAX_DEPTH) throw refuse('too_many_resources', labelOf(moved), MAX_DEPTH);
    level = found.flatMap((r) => r.parents ?? []).filter((id) => !seen.has(id));
  }
}

/** Touches the parents, so that removing one of them at the same time conflicts. */
export async function touchParents(tx: Transaction, parents: readonly Guarded[]): Promise<void> {
  for (const parent of parents) await tx.touch(resources, parent);
}
