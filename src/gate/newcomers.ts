import { StewardError } from '../base/errors.ts';
import { register } from '../identity/newcomers.ts';
import { livingByNames } from '../identity/principal.ts';
import type { Identity } from '../identity/token.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Caller } from './callContext.ts';
import type { GateParts } from './parts.ts';

/** How often one write may meet unknown users, if it finds them one after the other. */
const MAX_ROUNDS = 100;

/**
 * If a write fails because the directory does not know some users, asks the issuer of the caller's token about them and
 * runs the write again, with those users registered first in the same transaction: they are registered if and only if
 * the write succeeds. The issuer is asked outside any transaction, and only about names that nobody has here.
 *
 * @throws what `write` throws; users_unavailable and token_invalid of the issuer
 */
export async function withNewcomers<R>(
  { database, dependencies }: GateParts,
  caller: Caller,
  write: (introduce: (tx: Transaction) => Promise<void>) => Promise<R>,
): Promise<R> {
  const found: Identity[] = [];
  const asked = new Set<string>();
  const introduce = async (tx: Transaction) => {
    for (const identity of found) await register(tx, dependencies.rules, identity);
  };
  for (let round = 1; ; round += 1) {
    try {
      return await write(introduce);
    } catch (error) {
      const names = unknownIn(error).filter((name) => !asked.has(name));
      if (names.length === 0 || round === MAX_ROUNDS) throw error;
      for (const name of names) asked.add(name);
      const held = await livingByNames(database, names);
      const strangers = names.filter((name) => !held.some((p) => p.username === name));
      const identities = strangers.length === 0 ? [] : await caller.identities(strangers);
      if (identities.length === 0) throw error;
      found.push(...identities);
    }
  }
}

function unknownIn(error: unknown): string[] {
  if (!(error instanceof StewardError) || error.reason !== 'user_unknown') return [];
  return [...new Set(error.args)].filter((name) => typeof name === 'string');
}
