import { refuse } from '../errors.ts';
import { workspaces } from '../resources/resource.ts';
import type { Transaction } from '../store/transaction.ts';
import { BY_NAME } from './identity.ts';

/**
 * Whose workspace of this name is, a deleted one included; asked only once the name was refused by its unique index,
 * which lets nobody have a name that is taken.
 */
export async function holderOfName(tx: Transaction, name: string) {
  if (tx.collided !== BY_NAME.hint) return undefined;
  const filter = { type: 'workspace', name: { $eq: name } };
  const [holder] = await tx.parts(workspaces, filter, { fields: ['owners', 'deleted'] }, BY_NAME);
  return holder;
}

/** @throws workspace_name_taken */
export async function assertUntaken(tx: Transaction, name: string): Promise<void> {
  if ((await holderOfName(tx, name)) === undefined) return;
  throw refuse('workspace_name_taken', `There is already a workspace named ${name}`);
}
