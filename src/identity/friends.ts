import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/**
 * Two users of whom at least one counts the other as a friend. That lets the other read this one's `friendly`
 * resources, and not the other way round.
 */
export interface Friendship extends Stored {
  readonly pair: readonly string[];
  /** Those of the two who let the other read. */
  readonly agreed: readonly string[];
}

export const friendships = collection<Friendship>('friends', {
  indexes: [{ key: { pair: 1 }, name: 'pair' }],
});

/** The ids of the users who let this one read their `friendly` resources. */
export async function friendsOf(reader: Reader, principal: string): Promise<string[]> {
  const found = await reader.find(friendships, { pair: { $eq: principal } });
  return found.flatMap(({ pair, agreed }) => pair.filter((id) => id !== principal && agreed.includes(id))).sort();
}

/** For each of these users, the ids of those who may read their `friendly` resources. */
export async function friendsAllowedBy(
  reader: Reader,
  users: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const allowed = new Map<string, string[]>(users.map((id) => [id, []]));
  const found = await reader.find(friendships, { pair: { $in: [...users] } });
  for (const { pair, agreed } of found) {
    for (const id of agreed) allowed.get(id)?.push(...pair.filter((other) => other !== id));
  }
  return allowed;
}

/** Ends all friendships of a user, as when their account is closed. The caller must call `advanceEpoch`. */
export async function dropFriends(tx: Transaction, principal: string): Promise<void> {
  for (const known of await tx.find(friendships, { pair: { $eq: principal } })) await tx.remove(friendships, known);
}
