import { refuse } from '../errors.ts';
import type { Reader } from '../store/collection.ts';
import { byWireName, type Principal } from './principal.ts';

/** The living user of this name. @throws user_null, user_unknown, account_is_closed */
export async function livingUser(reader: Reader, user: string | null | undefined): Promise<Principal> {
  const name = required(user);
  const found = await knownByWireName(reader, name);
  if (!found.living) throw refuse('account_is_closed', name);
  return found;
}

/** The principal of this wire name, living or former. @throws user_unknown */
export async function knownByWireName(reader: Reader, name: string): Promise<Principal> {
  const found = await byWireName(reader, name);
  if (found === undefined) throw refuse('user_unknown', name);
  return found;
}

/** @throws user_null */
export function required(user: string | null | undefined): string {
  if (user === null || user === undefined) throw refuse('user_null');
  return user;
}
