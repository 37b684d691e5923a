import type { Principal } from './principal.ts';
import type { AdminRules } from './roster.ts';

type Account = Pick<Principal, '_id' | 'username' | 'email' | 'issuer' | 'subject'>;

/**
 * Whether both accounts are known to be one person's: it is the same account, they have the same email address or token
 * identity, or the operator has linked them (`linked-accounts`). Nothing else shows that somebody has two accounts.
 */
export function isSamePerson({ linkedAccounts }: AdminRules, one: Account, other: Account): boolean {
  const links = linkedAccounts ?? [];
  const known = new Set(keysOf(links, one));
  return keysOf(links, other).some((key) => known.has(key));
}

function keysOf(links: readonly (readonly string[])[], { _id, username, email, issuer, subject }: Account): string[] {
  const keys = [`id ${_id}`];
  const address = email?.trim().normalize('NFC').toLowerCase();
  if (address !== undefined && address !== '') keys.push(`email ${address}`);
  if (issuer !== undefined && subject !== undefined) keys.push(`identity ${JSON.stringify([issuer, subject])}`);
  for (const [i, group] of links.entries()) {
    if (group.includes(username) || group.includes(`id:${_id}`)) keys.push(`link ${i}`);
  }
  return keys;
}

/** Joins pairs that share an account, so that links also hold between the ends of a chain. */
export function linkedGroups(pairs: readonly string[]): string[][] {
  let groups: string[][] = [];
  for (const pair of pairs) {
    const accounts = pair.split('=');
    const touching = groups.filter((group) => group.some((account) => accounts.includes(account)));
    groups = [...groups.filter((group) => !touching.includes(group)), [...new Set([...touching.flat(), ...accounts])]];
  }
  return groups;
}
