import type { Authority } from '../../identity/authority.ts';
import type { Transaction } from '../../store/transaction.ts';
import { workspaces } from '../resources/resource.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import type { ObjectIdentifier } from './identify.ts';
import { type Located, locate, type ObjectPart, type Place, type Purpose } from './locate.ts';
import { objects } from './object.ts';
import { within } from './refusals.ts';

/** Which objects may be changed: those that are there, or deleted ones too. */
interface Changeable {
  readonly deletedToo: boolean;
}

/**
 * These objects for somebody who may do this with them, in workspaces that are not locked; in their order, one that was
 * named twice once.
 *
 * @throws workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function changeable(
  tx: Transaction,
  who: Authority,
  purpose: Purpose,
  identifiers: readonly ObjectIdentifier[],
  { deletedToo }: Changeable = { deletedToo: false },
): Promise<Located[]> {
  const locator = await locate(tx, who, identifiers);
  const found = new Map<string, Located>();
  for (const identifier of identifiers) {
    const located = locator.permitted(identifier, purpose, deletedToo);
    within(`Object ${identifier.given} cannot be accessed: `, () => assertUnlocked(located.workspace));
    found.set(located.object._id, located);
  }
  return [...found.values()];
}

/** Changes each of the objects, and where its workspace shows that, the time of its last change. */
export async function changeObjects(
  tx: Transaction,
  located: readonly Located[],
  change: (located: Located) => Omit<ObjectPart, 'revision'>,
  shown: 'inWorkspace' | 'inObjectAlone',
): Promise<void> {
  const changes = located.map((l) => ({ before: l.object, after: { ...change(l), modifiedAt: tx.now } }));
  await tx.updateEach(objects, changes);
  if (shown === 'inObjectAlone') return;
  const changed = new Map<string, Place>(located.map(({ workspace }) => [workspace._id, workspace]));
  await tx.updateEach(
    workspaces,
    [...changed.values()].map((before) => ({ before, after: { ...before, modifiedAt: tx.now } })),
  );
}
