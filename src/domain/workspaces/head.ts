import { collection, type Reader, type Stored } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { Workspace } from '../resources/resource.ts';

/**
 * What every save into a workspace changes. It is changed outside of the saves' transactions, which would conflict over
 * it, so that a save that fails leaves a gap in the ids.
 */
export interface Head extends Stored {
  /** The highest object id in the workspace; 0 for none. */
  readonly lastObject: number;
  /** The workspace's number. */
  readonly ws: number;
  /** The last save or copy into it. */
  readonly savedAt: Date;
}

/** The id is that of the workspace's document, `ws1`. */
export const heads = collection<Head>('heads', {
  indexes: [{ key: { savedAt: 1, ws: 1 }, name: 'head_saved' }],
  sharding: { key: { _id: 'hashed' }, why: 'it is read by id alone, and every save writes one' },
});

/**
 * Assigns object ids in a workspace and sets the time of its last save, even for a count of 0. Call it after every
 * check.
 */
export function drawObjectIds(tx: Transaction, ws: number, count: number): Promise<number[]> {
  const counter = { collection: heads.name, id: `ws${ws}`, field: 'lastObject' };
  return tx.newNumbers(counter, { count, field: 'id', raise: { savedAt: tx.now, ws } });
}

/** The fields of a head that its workspace shows; undefined if nothing was ever saved into it. */
export type ShownHead = Pick<Head, 'lastObject' | 'savedAt'> | undefined;

/** The heads of these workspaces, by the ids of their documents. */
export async function headsOf(reader: Reader, ids: readonly string[]): Promise<(id: string) => ShownHead> {
  if (ids.length === 0) return () => undefined;
  const wanted = { fields: ['lastObject', 'savedAt'] } as const;
  const found = await reader.parts(heads, { _id: { $in: [...ids] } }, { ...wanted, untracked: true, packed: true });
  const byId = new Map(found.map((head) => [head._id, head]));
  return (id) => byId.get(id);
}

/** The last change of a workspace or of its objects. */
export function changedAt({ modifiedAt }: Pick<Workspace, 'modifiedAt'>, head: ShownHead): Date {
  return head === undefined || head.savedAt < modifiedAt ? modifiedAt : head.savedAt;
}
