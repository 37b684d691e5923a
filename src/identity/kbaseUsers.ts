import { refuse } from '../errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { People } from './people.ts';
import { byWireName, livingByNames, type Principal, principals } from './principal.ts';
import { assertKbaseUsername } from './usernames.ts';

/**
 * The users of these names, in their order, each once: letters by KBase's rule, all of them before any is looked up.
 *
 * @throws user_null, username_invalid, user_unknown
 */
export async function kbaseUsers(
  reader: Reader,
  people: People,
  names: readonly (string | null)[],
): Promise<Principal[]> {
  const wanted = [...new Set(names.map((name) => name ?? ''))];
  for (const name of wanted) assertKbaseUsername(name);
  const active = await people.active(wanted);
  const missing = wanted.filter((name) => !active.has(name));
  // Who is pending; and inside a transaction, who was made known in it.
  const found = missing.length === 0 ? [] : await livingByNames(reader, missing);
  const byName = new Map(found.filter((p) => p.state !== 'disabled').map((p) => [p.username, p]));
  // All who are unknown together: whoever issues the caller's token is asked about them at once.
  const [first, ...others] = missing.filter((name) => !byName.has(name));
  if (first !== undefined) throw refuse('user_unknown', first, ...others);
  return wanted.flatMap((name) => active.get(name) ?? byName.get(name) ?? []);
}

/** As {@link kbaseUsers}, for those who lose something: also who is disabled, or closed (`name~<short id>`). */
export async function kbaseUsersToRemove(reader: Reader, names: readonly (string | null)[]): Promise<Principal[]> {
  const wanted = [...new Set(names.map((name) => name ?? ''))];
  for (const name of wanted) assertKbaseUsername(name.replace(/~[0-9a-f]{8}$/, ''));
  const found: Principal[] = [];
  for (const name of wanted) found.push((await byWireName(reader, name)) ?? unknown(name));
  return found;
}

/**
 * Keeps those whom something is given to from vanishing: a pending user, whom nobody ever was, is erased when it is
 * deleted, unless it was named. The mark is made once, and conflicts with a deletion at the same time.
 */
export async function markNamed(tx: Transaction, users: readonly Principal[]): Promise<void> {
  const ids = users.filter((u) => u.state === 'pending' && u.named !== true).map((u) => u._id);
  if (ids.length === 0) return;
  // One who is given several things at once may be marked by now.
  const present = await tx.find(principals, { _id: { $in: ids }, named: { $ne: true } });
  await tx.updateEach(
    principals,
    present.map((before) => ({ before, after: { ...before, named: true } })),
  );
}

function unknown(name: string): never {
  throw refuse('user_unknown', name);
}
