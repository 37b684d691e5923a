import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Administering } from './actor.ts';
import { type AdminDetail, adminListing, isCurrent } from './admins.ts';
import { USERS } from './nameRules.ts';
import { type Principal, principals, wireName } from './principal.ts';
import { isUnlimited } from './qualified.ts';
import { one, resolveToTake } from './resolver.ts';
import { type AdminRules, type BrokenGlass, type Roster, rosterIn, rosters } from './roster.ts';
import { isSamePerson } from './samePerson.ts';

/** How far the clocks of two instances may differ. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** Whether it still lifts what the policy requires. A clock that was set back to before it began does not open it again. */
export function isOpen({ at, until, over }: BrokenGlass, now: Date): boolean {
  return !over && now.getTime() >= at.getTime() - CLOCK_TOLERANCE_MS && now.getTime() < until.getTime();
}

/**
 * Lifts what the policy requires of the actor for a short time. Every administrator is told, and somebody else has to
 * review it afterwards.
 *
 * @throws break_glass_refused
 */
export async function breakGlass(
  tx: Transaction,
  { rules, actor }: Administering,
  { reason, minutes }: { readonly reason: string; readonly minutes: number },
): Promise<BrokenGlass> {
  const { delegate } = actor;
  const principal = await accountNow(tx, actor.principal);
  const name = wireName(principal);
  if (rules.tokenRoles !== undefined) {
    const why = 'administrators are those with a role in their token, so that it is not known who could review it';
    throw refuse('break_glass_refused', name, why);
  }
  if (actor.rank.role !== 'full') throw refuse('break_glass_refused', name, 'only full administrators may');
  if (delegate !== undefined || principal.kind === 'service') {
    throw refuse('break_glass_refused', name, 'only people may, with a token of their own');
  }
  const roster = await rosterIn(tx);
  const broken = roster.broken ?? [];
  for (const glass of broken) {
    const holder = await tx.peek(principals, glass.principal);
    if (holder === null || !isSamePerson(rules, holder, principal)) continue;
    throw refuse(
      'break_glass_refused',
      name,
      `they did so at ${glass.at.toISOString()}, which nobody has reviewed yet`,
    );
  }
  const admins = (await adminListing(tx.untracked, rules, roster)).filter((admin) => isCurrent(admin, tx.now));
  if ((await reviewersAmong(tx.untracked, { rules, roster, of: principal }, admins)).length === 0) {
    throw refuse('break_glass_refused', name, 'there is no other active, full administrator who could review it');
  }
  const until = tx.derivedInstant(new Date(tx.now.getTime() + minutes * 60_000));
  const glass: BrokenGlass = { principal: principal._id, id: tx.newId('glass-'), reason, at: tx.now, until };
  await tx.update(rosters, roster, { ...roster, broken: [...broken, glass] });
  for (const { id } of admins) {
    if (id === undefined || id === principal._id) continue;
    const text = `${name} broke the glass: until ${until.toISOString()} nothing is required of them. Review it with reviewBreakGlass`;
    tx.notify({ to: id, about: 'glassBroken', text });
  }
  return glass;
}

/** The gate may remember the account from an earlier call. */
const accountNow = async (tx: Transaction, account: Principal): Promise<Principal> =>
  (await tx.peek(principals, account._id)) ?? account;

interface Reviewed {
  readonly rules: AdminRules;
  readonly roster: Roster;
  readonly of: Principal;
}

/** Those of the administrators who could review a use of break-glass by `of`. */
async function reviewersAmong(
  reader: Reader,
  { rules, roster, of }: Reviewed,
  admins: readonly AdminDetail[],
): Promise<Principal[]> {
  const ids = admins.filter(isAble).flatMap(({ id }) => id ?? []);
  const accounts = await reader.find(principals, { _id: { $in: ids }, state: 'active' });
  const waiting = (roster.broken ?? []).map(({ principal }) => accounts.find(({ _id }) => _id === principal));
  return accounts.filter(
    (account) =>
      account.kind !== 'service' &&
      !isSamePerson(rules, account, of) &&
      // They will be blocked themselves.
      !waiting.some((holder) => holder !== undefined && isSamePerson(rules, holder, account)),
  );
}

const isAble = ({ role, commands, as, delegatedOnly, scope }: AdminDetail) =>
  role === 'full' && !commands && !as && !delegatedOnly && !scope;

/**
 * Ends a use of break-glass and lets its holder go on.
 *
 * @throws user_null, user_unknown, break_glass_unknown, reviewer_unfit
 */
export async function reviewBreakGlass(
  tx: Transaction,
  { rules, actor }: Administering,
  { user, verdict }: { readonly user: string | null | undefined; readonly verdict: 'justified' | 'unjustified' },
): Promise<void> {
  const { user: holder, wire } = await one(resolveToTake(tx, [user], USERS));
  const roster = await rosterIn(tx);
  const broken = roster.broken ?? [];
  const glass = broken.find(({ principal }) => principal === holder._id);
  if (glass === undefined) throw refuse('break_glass_unknown', wire);
  const unfit = (why: string) => refuse('reviewer_unfit', wireName(actor.principal), wire, why);
  if (isSamePerson(rules, await accountNow(tx, actor.principal), holder))
    throw unfit('nobody reviews their own use of it');
  if (actor.delegate !== undefined || actor.principal.kind === 'service') {
    throw unfit('only people may, with a token of their own');
  }
  if (!isUnlimited(actor.rank)) throw unfit('they are not a full administrator without limits');
  await tx.update(rosters, roster, { ...roster, broken: broken.filter((each) => each !== glass) });
  const text = `Your use of break-glass at ${glass.at.toISOString()} was reviewed: it was ${verdict}`;
  tx.notify({ to: holder._id, about: 'glassReviewed', text });
}

/** Marks what is over, so that it stays so whatever a clock says later. */
export async function closeOverdue(tx: Transaction): Promise<void> {
  const roster = await rosterIn(tx);
  const broken = (roster.broken ?? []).map((glass) =>
    glass.over || glass.until.getTime() > tx.now.getTime() ? glass : { ...glass, over: true as const },
  );
  if (roster.broken !== undefined) await tx.update(rosters, roster, { ...roster, broken });
}
