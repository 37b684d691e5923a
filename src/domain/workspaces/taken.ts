import { refuse } from '../../base/errors.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { workspaces } from '../resources/resource.ts';
import { BY_NAME } from './identity.ts';

/**
 * The workspace, possibly deleted, that has this name. The unique index refuses names that are taken, so that this is
 * only looked up when the transaction is repeated after such a collision.
 */
export async function holderOfName(tx: Transaction, name: string) {
  if (tx.collided !== BY_NAME.hint) return undefined;
  const filter = { name: { $eq: name } };
  const [holder] = await tx.parts(workspaces, filter, { fields: ['owners', 'deleted'], ...BY_NAME });
  return holder;
}

/** The names that a workspace, possibly deleted, has. */
export async function takenNames(reader: Reader, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const filter = { name: { $in: [...names] } };
  const holders = await reader.parts(workspaces, filter, { fields: ['name'], ...BY_NAME });
  return new Set(holders.map((holder) => holder.name));
}

/** @throws workspace_name_taken */
export async function assertUntaken(tx: Transaction, name: string): Promise<void> {
  if ((await holderOfName(tx, name)) === undefined) return;
  throw refuse('workspace_name_taken', `There is already a workspace named ${name}`);
}
