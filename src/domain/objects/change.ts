import type { Transaction } from '../../store/transaction.ts';
import type { WriteAccess } from '../access/context.ts';
import { workspaces } from '../resources/resource.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import type { Verb } from '../workspaces/permit.ts';
import type { ObjectIdentifier } from './identify.ts';
import { type Located, locate, type ObjectPart } from './locate.ts';
import { objects } from './object.ts';
import { withPrefix } from './refusals.ts';

/**
 * The objects that are to be changed, each once, in the order in which they were named.
 *
 * @param verb completes the message for somebody who may not write to the workspace
 * @throws workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function locateForChange(
  { tx, authority }: WriteAccess,
  identifiers: readonly ObjectIdentifier[],
  { verb, deletedToo = false }: { readonly verb: Verb; readonly deletedToo?: boolean },
): Promise<Located[]> {
  const locator = await locate(tx, authority, identifiers);
  const found = new Map<string, Located>();
  for (const identifier of identifiers) {
    const located = locator.permitted(identifier, verb, deletedToo);
    withPrefix(`Object ${identifier.given} cannot be accessed: `, () => assertUnlocked(located.workspace));
    found.set(located.object._id, located);
  }
  return [...found.values()];
}

type Change = (located: Located) => Omit<ObjectPart, 'revision'>;

/** Changes the objects, but not the times at which their workspaces were last changed. */
export async function changeObjects(tx: Transaction, located: readonly Located[], change: Change): Promise<void> {
  const changes = located.map((l) => ({ before: l.object, after: { ...change(l), modifiedAt: tx.now } }));
  await tx.updateEach(objects, changes);
}

/** Changes the objects and the times at which their workspaces were last changed. */
export async function changeInWorkspace(tx: Transaction, located: readonly Located[], change: Change): Promise<void> {
  await changeObjects(tx, located, change);
  const changed = new Map(located.map(({ workspace }) => [workspace._id, workspace]));
  await tx.updateEach(
    workspaces,
    [...changed.values()].map((before) => ({ before, after: { ...before, modifiedAt: tx.now } })),
  );
}
