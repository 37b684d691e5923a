import { StewardError } from '../base/errors.ts';
import { register } from '../identity/newcomers.ts';
import { livingByNames } from '../identity/principal.ts';
import type { Identity } from '../identity/token.ts';
import type { Transaction } from '../store/transaction.ts';
import type { GateParts } from './parts.ts';
import type { Caller } from './passage.ts';

/** A command names users all at once, or one after the other: then so many of them at most. */
const MAX_ROUNDS = 100;

/**
 * Runs a write again when it failed over users whom the directory does not know and the issuer of the caller's token
 * does: with them made known first, in the same transaction, so that they are known if and only if it succeeds. The
 * issuer is asked outside of any transaction, and only about names that nobody holds here.
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
