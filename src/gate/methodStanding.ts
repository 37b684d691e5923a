import type { RecordDraft } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { AdminAuthority, AnonymousAuthority, UserAuthority } from '../identity/authority.ts';
import { mintAdmin, mintAnonymous } from '../identity/mintAuthority.ts';
import { wireName } from '../identity/principal.ts';
import { NO_RANK, type Rank } from '../identity/rank.ts';
import { requireActive } from '../identity/recognise.ts';
import type { Known } from '../identity/rightsCache.ts';
import type { Roster } from '../identity/roster.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import type { Method } from '../operations/operation.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { View } from './authorise.ts';
import { authorityOfUser, authorityOfUserIn } from './authorities.ts';
import type { Caller } from './callContext.ts';
import type { Origin } from './door.ts';
import { glassOf } from './glass.ts';
import { callerUnder, knownIn, knownNow } from './knowledge.ts';
import type { GateParts } from './parts.ts';
import { mayCallMethods, ruleOf } from './policy/defaultPolicy.ts';
import type { Requirements } from './policy/requirements.ts';
import { type Asking, actorsFor, mayRunOf } from './privileges.ts';
import { rankOfCaller, rolesFor } from './ranking.ts';

/** The caller of an ordinary method, and what the service knows about them. */
export interface Standing {
  readonly known: Known;
  /** Undefined for an anonymous caller. */
  readonly caller: Caller | undefined;
  readonly authority: UserAuthority | AnonymousAuthority;
}

/** The standing of a known caller. */
export interface KnownStanding extends Standing {
  readonly caller: Caller;
  readonly authority: UserAuthority;
}

/** The standing of an anonymous caller, from whom nothing can be withdrawn. */
export function anonymousStanding(known: Known, at: Date): Standing {
  return { known, caller: undefined, authority: mintAnonymous(at) };
}

/** The standing of an identified caller. @throws account_disabled, account_closed, delegation_refused */
export async function standingOf(parts: GateParts, method: Method, caller: Caller): Promise<KnownStanding> {
  const known = await parts.rights.known();
  const now = await callerUnder((from, id) => parts.database.get(from, id), caller, known.roster);
  // Step 1 may be as long ago as the call took to arrive.
  return standingUnder(parts, method, { known: { ...known, at: caller.at }, caller: now });
}

/** The current standing; the caller's credential is checked again too. @throws as standingOf, and as step 1 */
export async function standingNow(parts: GateParts, method: Method, caller: Caller): Promise<KnownStanding> {
  return standingUnder(parts, method, await knownNow(parts, caller));
}

async function standingUnder(
  parts: GateParts,
  method: Method,
  { known, caller }: Pick<KnownStanding, 'known' | 'caller'>,
): Promise<KnownStanding> {
  await assertAdmitted(parts, method, { roster: known.roster, caller });
  return { known, caller, authority: await authorityOfUser(parts.dependencies.people, caller.principal, parts.now()) };
}

/**
 * The standing inside a write's transaction. The commit fails if the data it rests on changes, so a right withdrawn
 * before the write began no longer counts.
 *
 * @throws as standingNow
 */
export async function standingIn(
  parts: GateParts,
  { method, standing: { known, caller: before } }: { readonly method: Method; readonly standing: KnownStanding },
  tx: Transaction,
): Promise<KnownStanding> {
  const { roster, caller } = await knownIn(tx, before);
  await assertAdmitted(parts, method, { roster, caller });
  const authority = await authorityOfUserIn(tx, { people: parts.dependencies.people, roster }, caller.principal);
  return { known: { ...known, roster }, caller, authority };
}

/** @throws account_disabled, account_closed, delegation_refused */
async function assertAdmitted(
  parts: GateParts,
  method: Method,
  { roster, caller }: { readonly roster: Roster; readonly caller: Caller },
): Promise<void> {
  const { principal, delegate } = caller;
  requireActive(principal);
  if (delegate === undefined) return;
  requireActive(delegate.principal);
  const { through = NO_RANK } = await rankUnder(parts, roster, caller);
  if (mayCallMethods(through, method)) return;
  throw refuse('delegation_refused', wireName(delegate.principal), wireName(principal));
}

/** The caller's admin rank. @throws roles_unavailable */
export async function rankIn(parts: GateParts, { known, caller }: Standing): Promise<Rank> {
  return caller === undefined ? NO_RANK : rankUnder(parts, known.roster, caller);
}

async function rankUnder(
  { dependencies: { rules }, policy, now }: GateParts,
  roster: Roster,
  caller: Caller,
): Promise<Rank> {
  return rankOfCaller(caller, await rolesFor(caller, rules, policy.current.needs), { rules, roster, now: now() });
}

/** What the gate would let the caller of a method run as commands, now and from here. */
export async function mayRunIn(
  parts: GateParts,
  { known, caller }: Pick<Standing, 'known' | 'caller'>,
  { address }: Pick<Origin, 'address'>,
): Promise<(command: DeclaredCommand) => boolean> {
  if (caller === undefined) return () => false;
  return mayRunOf(parts, await askingOf(parts, known.roster, { caller, address }), viewOf(parts, known.roster));
}

/**
 * Whether an administrator may run the command. Somebody who has it by a rule of the policy alone uses `administer`
 * itself: in a dialect they act as themselves.
 */
export async function administers(
  parts: GateParts,
  { caller, address }: Pick<Asking, 'address'> & { readonly caller: Caller },
  command: DeclaredCommand,
): Promise<boolean> {
  const roster = await parts.rights.roster();
  const current = await callerUnder((from, id) => parts.database.get(from, id), caller, roster);
  const asking = await askingOf(parts, roster, { caller: current, address });
  return asking.rank.role !== 'none' && (await mayRunOf(parts, asking, viewOf(parts, roster)))(command);
}

const viewOf = ({ database }: GateParts, roster: Roster): View => ({ roster, reader: database });

async function askingOf(
  parts: GateParts,
  roster: Roster,
  { caller, address }: Pick<Asking, 'address'> & { readonly caller: Caller },
): Promise<Asking> {
  const tokenRoles = await rolesFor(caller, parts.dependencies.rules, parts.policy.current.needs);
  const rank = rankOfCaller(caller, tokenRoles, { rules: parts.dependencies.rules, roster, now: parts.now() });
  return { caller, rank, tokenRoles, address };
}

/** The authority for a method that only administrators call, and the rule that gives it. */
export interface Administering {
  readonly authority: AdminAuthority;
  readonly ruling: Pick<RecordDraft, 'rule' | 'policy'>;
}

/**
 * The administrator's authority for a method that only administrators call. The policy names it by its full name. It
 * takes no reason and no approval, so that whoever must give one cannot call it.
 *
 * @throws full_rights_required, policy_denied, break_glass_unreviewed
 */
export async function administratorOf(
  parts: GateParts,
  { known, caller }: Pick<KnownStanding, 'known' | 'caller'>,
  { method, params, origin }: { readonly method: Method; readonly params: unknown; readonly origin: Origin },
): Promise<Administering> {
  const { address } = origin;
  const asking = await askingOf(parts, known.roster, { caller, address });
  if (asking.rank.role !== 'full') throw refuse('full_rights_required');
  const get: Reader['get'] = (from, id) => parts.database.get(from, id);
  const who = { roster: known.roster, caller, command: {} };
  await glassOf(get, who, { rules: parts.dependencies.rules, now: parts.now() });
  const policy = parts.policy.current;
  const facts = { command: { name: method.name }, on: undefined, params, address, now: parts.now() };
  const rules: string[] = [];
  for (const actor of await actorsFor(parts, asking, viewOf(parts, known.roster))) {
    const { decision, requirements } = policy.judge({ ...facts, actor });
    const rule = decision?.effect === 'deny' ? decision.name : ruleIn(requirements);
    if (rule !== undefined) throw refuse('policy_denied', wireName(caller.principal), method.name, rule);
    rules.push(decision === undefined ? ruleOf(actor.rank) : `policy:${decision.name}`);
  }
  const ruling = { rule: rules.join(' through '), ...defined({ policy: policy.digest }) };
  return { authority: mintAdmin(parts.now()), ruling };
}

const ruleIn = ({ reasons, tickets, approvals }: Requirements): string | undefined =>
  [...reasons, ...tickets, ...approvals][0]?.rule;
