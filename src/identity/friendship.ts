import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { friendships } from './friends.ts';
import type { People } from './people.ts';
import { type Principal, wireName } from './principal.ts';
import { advanceEpoch } from './roster.ts';

/** All friends of a user are read when they act. */
const MAX_FRIENDS = 1_000;

export interface FriendView {
  readonly friend: string;
  /** Who lets the other read their `friendly` resources. */
  readonly agreed: 'both' | 'user' | 'friend';
}

interface NewFriendship {
  readonly user: Principal;
  readonly friend: Principal;
  /** Those of the two who let the other read from now on: an administrator decides for both, a user for themselves. */
  readonly agreeing: readonly Principal[];
}

/** Makes two users friends. @throws invalid_params */
export async function addFriend(tx: Transaction, { user, friend, agreeing }: NewFriendship): Promise<FriendView> {
  if (user._id === friend._id) throw refuse('invalid_params', 'A user cannot be their own friend');
  const pair = [user._id, friend._id].sort();
  const known = await tx.get(friendships, idOf(pair));
  const agreed = pair.filter((id) => known?.agreed.includes(id) || agreeing.some((p) => p._id === id));
  if (known === null) {
    await assertRoom(tx, user);
    await assertRoom(tx, friend);
    await tx.insert(friendships, { _id: idOf(pair), pair, agreed });
    await advanceEpoch(tx);
  } else if (agreed.length > known.agreed.length) {
    await tx.update(friendships, known, { ...known, agreed });
    await advanceEpoch(tx);
  }
  return { friend: wireName(friend), agreed: sideOf(agreed, user._id) };
}

/** Ends a friendship for both. It is no error if there is none. */
export async function removeFriend(tx: Transaction, user: Principal, friend: Principal): Promise<void> {
  const known = await tx.get(friendships, idOf([user._id, friend._id].sort()));
  if (known === null) return;
  await tx.remove(friendships, known);
  await advanceEpoch(tx);
}

/** The friends of a user, by name. */
export async function listFriends(reader: Reader, people: People, user: Principal): Promise<FriendView[]> {
  const found = await reader.find(friendships, { pair: { $eq: user._id } });
  const nameOf = await people.names(found.flatMap(({ pair }) => pair));
  return found
    .map(({ pair, agreed }) => ({
      friend: nameOf(pair.find((id) => id !== user._id) ?? ''),
      agreed: sideOf(agreed, user._id),
    }))
    .sort((a, b) => (a.friend < b.friend ? -1 : 1));
}

const idOf = (pair: readonly string[]) => JSON.stringify(pair);

function sideOf(agreed: readonly string[], user: string): FriendView['agreed'] {
  if (agreed.length > 1) return 'both';
  return agreed.includes(user) ? 'user' : 'friend';
}

/** @throws invalid_params */
async function assertRoom(tx: Transaction, { _id }: Principal): Promise<void> {
  const found = await tx.parts(friendships, { pair: { $eq: _id } }, { fields: [], limit: MAX_FRIENDS });
  if (found.length >= MAX_FRIENDS) throw refuse('invalid_params', `A user can have at most ${MAX_FRIENDS} friends`);
}
