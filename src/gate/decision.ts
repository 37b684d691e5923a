import { isDeepStrictEqual } from 'node:util';
import type { Authority, UserAuthority } from '../identity/authority.ts';
import type { Rank } from '../identity/rank.ts';
import type { Known } from '../identity/rightsCache.ts';
import type { CommandCall } from '../operations/calls.ts';
import type { Dependencies } from '../operations/dependencies.ts';
import type { Command } from '../operations/operation.ts';
import type { Reader } from '../store/collection.ts';
import { isFresh } from '../store/instant.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Authorised, authorise, type View } from './authorise.ts';
import {
  authorityOfCommand,
  authorityOfCommandIn,
  authorityOfUser,
  authorityOfUserIn,
  sameAuthority,
} from './authorities.ts';
import type { CallContext, Caller, Validated } from './callContext.ts';
import type { CommandObject } from './decode.ts';
import { glassOf } from './glass.ts';
import { withImplied } from './implied.ts';
import { knownIn, knownNow, Rounds } from './knowledge.ts';
import type { GateParts } from './parts.ts';
import { privilegesOf } from './privileges.ts';
import { rankOfCaller } from './ranking.ts';
import { assertRank, assertRights } from './rights.ts';
import { assertSubjectStays } from './subjects.ts';

/** A call of a known command whose parameters were validated. */
export interface CheckedCall<C extends Command = Command> {
  readonly context: CallContext;
  readonly command: C;
  readonly validated: Validated;
}

/** What the decision about a call rests on, and the authority under which it runs. */
export interface Decided {
  readonly known: Known;
  readonly rank: Rank;
  readonly caller: Caller;
  readonly decoded: CommandObject | undefined;
  readonly authority: Authority;
  readonly ownAuthority: () => Promise<UserAuthority>;
  /** Where the actor's other rights are found. */
  readonly view: View;
  /** Set when the result depends on the actor's own authority. */
  own: boolean;
}

export async function decisionOf(
  { database, dependencies: { people }, now }: GateParts,
  context: CallContext,
  { subject }: Validated,
): Promise<Decided> {
  const { known, rank, caller, decoded } = context;
  const authority = await authorityOfCommand(people, subject, now());
  const decision: Decided = {
    ...{ known, rank, caller, decoded, authority, own: false },
    view: { roster: known.roster, reader: database },
    ownAuthority: () => {
      decision.own = true;
      return authorityOfUser(people, caller.principal, now());
    },
  };
  return decision;
}

export function sameDecision(one: Decided, other: Decided): boolean {
  const sameRoster = one.known.roster.revision === other.known.roster.revision;
  return (
    sameAuthority(one.authority, other.authority) && isDeepStrictEqual(one.rank, other.rank) && (sameRoster || !one.own)
  );
}

/** Repeats steps 2, 4 and 6 with current data, so that a right withdrawn since then no longer counts. */
export async function decided(parts: GateParts, { context, command, validated }: CheckedCall): Promise<Decided> {
  const { known, caller } = await knownNow(parts, context.caller);
  const get: Reader['get'] = (from, id) => parts.database.get(from, id);
  const view = { roster: known.roster, reader: parts.database };
  Object.assign(context, {
    known,
    ...(await decisionUnder(parts, { context, command, validated }, { caller, get, view })),
  });
  return decisionOf(parts, context, validated);
}

/**
 * Decides again until the decision is based on current data.
 *
 * @throws if the call is no longer allowed; conflict_busy when each decision is too old once it is made
 */
export async function renewDecision(parts: GateParts, { context, command, validated }: CheckedCall): Promise<void> {
  for (const rounds = new Rounds(); !isFresh(context.known.at); ) {
    rounds.begin();
    await decided(parts, { context, command, validated });
  }
}

/** Rejects a read whose record is already stored. Its result is not sent. */
export function refuseRecorded(error: unknown): never {
  throw new AlreadyRecorded(error);
}

export class AlreadyRecorded extends Error {
  constructor(cause: unknown) {
    super('the answer was withheld', { cause });
  }
}

/**
 * Repeats steps 2, 4 and 6 inside the write's transaction. The commit fails if the data they rest on changes, so a
 * right withdrawn before the write began no longer counts.
 */
export async function confirm(
  parts: GateParts,
  { context, command, validated }: CheckedCall,
  tx: Transaction,
): Promise<Decided> {
  const { people } = parts.dependencies;
  const { roster, caller } = await knownIn(tx, context.caller);
  const get: Reader['get'] = (from, id) => tx.rely(from, id);
  const view = { roster, reader: tx.untracked, tx };
  const { caller: _, ...decision } = await decisionUnder(parts, { context, command, validated }, { caller, get, view });
  Object.assign(context, decision);
  const { rank } = decision;
  const { known, decoded } = context;
  const authority = await authorityOfCommandIn(tx, { people, roster }, validated.subject);
  const ownAuthority = () => authorityOfUserIn(tx, { people, roster }, caller.principal);
  return { known, decoded, rank, caller, authority, ownAuthority, view, own: false };
}

interface Under {
  readonly caller: Caller;
  readonly get: Reader['get'];
  readonly view: View;
}

/**
 * Steps 2, 4 and 6 with this roster.
 *
 * @throws not_admin, rights_required, user_unknown, break_glass_unreviewed, and what authorise throws
 */
async function decisionUnder(
  parts: GateParts,
  { context, command, validated }: CheckedCall,
  { caller, get, view }: Under,
): Promise<Pick<CallContext, 'caller' | 'rank' | 'glass'> & Authorised> {
  const { rules } = parts.dependencies;
  const { roster } = view;
  const rank = rankOfCaller(caller, context.roles, { rules, roster, now: parts.now() });
  await assertRank(parts, { ...context, rank, caller }, view);
  await assertRights(parts, { context: { ...context, rank, caller }, command }, view);
  await assertSubjectStays(get, validated, roster);
  const decision = await authorised(parts, { context, command, validated, caller, rank }, view);
  const glass = await glassOf(get, { roster, caller, command }, { rules, now: parts.now() });
  return { caller, rank, glass, ...decision };
}

/** The caller and their rank, if they are newer than those of the context. */
type Standing = Pick<CallContext, 'caller' | 'rank'>;

/**
 * Step 6. The context of a refused call gets the rule that refused it, for its record.
 *
 * @throws policy_denied, command_not_allowed, subject_not_allowed, delegation_chain
 */
export async function authorised(
  parts: GateParts,
  { context, command, validated, caller = context.caller, rank = context.rank }: CheckedCall & Partial<Standing>,
  view: View,
): Promise<Authorised> {
  const { roles: tokenRoles, origin, decoded } = context;
  const { subject, params } = validated;
  const call = { rank, caller, tokenRoles, command, subject, user: decoded?.user, params, address: origin.address };
  const own = await authorise(parts, call, view);
  const outcome = 'refusal' in own ? own : await withImplied(parts, { call, own }, view);
  if (!('refusal' in outcome)) return outcome;
  const { refusal, ...named } = outcome;
  Object.assign(context, named);
  throw refusal;
}

/** What the kind of run adds to the call. */
type OfRun = Pick<CommandCall, 'reader' | 'now'>;

/**
 * What the command's `run` gets under this decision. It inherits the dependencies, since copying two dozen fields would
 * take a noticeable part of the time of a small read.
 */
export function callOf<R extends OfRun>(
  parts: GateParts,
  { origin, roles: tokenRoles }: Pick<CallContext, 'origin' | 'roles'>,
  {
    caller,
    rank,
    decoded,
    authority,
    ownAuthority,
    view,
    subject,
    run,
  }: Decided & Pick<Validated, 'subject'> & { run: R },
): CommandCall & Dependencies & R {
  const { principal, delegate } = caller;
  const { address } = origin;
  const service = delegate === undefined ? {} : { delegate: delegate.principal, serviceRoles: delegate.roles };
  const actor = { principal, rank, tokenRoles, ...service };
  const call: CommandCall & R = {
    actor,
    holder: { ...actor, credential: caller.credential, address },
    privileges: privilegesOf(parts, { caller, rank, tokenRoles, address, credential: caller.credential }, view),
    user: decoded?.user,
    principal: subject ?? principal,
    authority,
    ownAuthority,
    requestId: origin.requestId,
    ...run,
  };
  return Object.assign(Object.create(parts.dependencies), call);
}
