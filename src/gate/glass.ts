import { refuse } from '../base/errors.ts';
import { isOpen } from '../identity/breakGlass.ts';
import { type Principal, principals, wireName } from '../identity/principal.ts';
import type { RankBasis } from '../identity/rank.ts';
import type { BrokenGlass } from '../identity/roster.ts';
import { isSamePerson } from '../identity/samePerson.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import type { Reader } from '../store/collection.ts';
import type { Caller } from './callContext.ts';

interface GlassCall extends Pick<RankBasis, 'roster'> {
  readonly caller: Pick<Caller, 'principal' | 'delegate'>;
  readonly command: Pick<DeclaredCommand, 'open'>;
}

/**
 * The open break-glass of this caller. Only their own calls are made under it, and none through a service. Once it is over,
 * every account of the person is blocked until somebody else has reviewed it.
 *
 * @throws break_glass_unreviewed
 */
export async function glassOf(
  get: Reader['get'],
  { roster, caller: { principal, delegate }, command }: GlassCall,
  { rules, now: time }: Pick<RankBasis, 'rules' | 'now'>,
): Promise<BrokenGlass | undefined> {
  const { broken = [] } = roster;
  if (broken.length === 0) return undefined;
  // The gate may remember the accounts from an earlier call.
  const now = async (account: Principal) => (await get(principals, account._id)) ?? account;
  const accounts = [await now(principal), ...(delegate === undefined ? [] : [await now(delegate.principal)])];
  for (const glass of broken) {
    const holder = await get(principals, glass.principal);
    if (holder === null || !accounts.some((account) => isSamePerson(rules, account, holder))) continue;
    if (!isOpen(glass, time)) {
      if (command.open) continue;
      throw refuse('break_glass_unreviewed', wireName(holder), glass.at.toISOString());
    }
    if (holder._id === principal._id && delegate === undefined) return glass;
  }
  return undefined;
}
