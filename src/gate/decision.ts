import { isDeepStrictEqual } from 'node:util';
import { refuse } from '../base/errors.ts';
import type { Authority, UserAuthority } from '../identity/authority.ts';
import { wireName } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { Known } from '../identity/rightsCache.ts';
import type { Roster } from '../identity/roster.ts';
import type { CommandCall } from '../operations/calls.ts';
import type { Dependencies } from '../operations/dependencies.ts';
import type { Command } from '../operations/operation.ts';
import type { Reader } from '../store/collection.ts';
import { isFresh } from '../store/instant.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Authorised, authorise, type CallToAuthorise } from './authorise.ts';
import {
  authorityOfCommand,
  authorityOfCommandIn,
  authorityOfUser,
  authorityOfUserIn,
  sameAuthority,
} from './authorities.ts';
import type { CommandObject } from './decode.ts';
import { knownIn, knownNow, MAX_ROUNDS } from './knowledge.ts';
import type { GateParts } from './parts.ts';
import type { Caller, Passage, Validated } from './passage.ts';
import { assertRights } from './policy/defaultPolicy.ts';
import { rankOfCaller } from './ranking.ts';
import { assertSubjectStays } from './subjects.ts';

/** A call of a known command whose parameters were validated. */
export interface CheckedCall<C extends Command = Command> {
  readonly passage: Passage;
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
  /** Set when the result depends on the actor's own authority. */
  own: boolean;
}

export async function decisionOf(
  { dependencies: { people } }: GateParts,
  passage: Passage,
  { subject }: Validated,
): Promise<Decided> {
  const { known, rank, caller, decoded } = passage;
  const authority = await authorityOfCommand(people, subject);
  const decision: Decided = {
    ...{ known, rank, caller, decoded, authority, own: false },
    ownAuthority: () => {
      decision.own = true;
      return authorityOfUser(people, caller.principal);
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
export async function decided(parts: GateParts, { passage, command, validated }: CheckedCall): Promise<Decided> {
  const { known, caller } = await knownNow(parts, passage.caller);
  const get: Reader['get'] = (from, id) => parts.database.get(from, id);
  Object.assign(passage, {
    known,
    ...(await decisionUnder(parts, { passage, command, validated }, { ...known, caller, get })),
  });
  return decisionOf(parts, passage, validated);
}

/** Decides again until the decision is based on current data. Throws if the call is no longer allowed. */
export async function renewDecision(parts: GateParts, { passage, command, validated }: CheckedCall): Promise<void> {
  for (let round = 1; !isFresh(passage.known.at); round += 1) {
    if (round > MAX_ROUNDS) throw refuse('conflict_busy');
    await decided(parts, { passage, command, validated });
  }
}

/** Rejects a read whose record is already stored. Its result is not sent. */
export function withheld(error: unknown): never {
  throw new Withheld(error);
}

export class Withheld extends Error {
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
  { passage, command, validated }: CheckedCall,
  tx: Transaction,
): Promise<Decided> {
  const { people } = parts.dependencies;
  const { roster, caller } = await knownIn(tx, passage.caller);
  const get: Reader['get'] = (from, id) => tx.rely(from, id);
  const { rank, rule, requirements } = await decisionUnder(
    parts,
    { passage, command, validated },
    { roster, caller, get },
  );
  passage.rank = rank;
  passage.rule = rule;
  passage.requirements = requirements;
  const { known, decoded } = passage;
  const authority = await authorityOfCommandIn(tx, { people, roster }, validated.subject);
  const ownAuthority = () => authorityOfUserIn(tx, { people, roster }, caller.principal);
  return { known, decoded, rank, caller, authority, ownAuthority, own: false };
}

interface Under {
  readonly roster: Roster;
  readonly caller: Caller;
  readonly get: Reader['get'];
}

/** Steps 2, 4 and 6 with this roster. @throws not_admin, rights_required, user_unknown, and what authorise throws */
async function decisionUnder(
  parts: GateParts,
  { passage, command, validated }: CheckedCall,
  { roster, caller, get }: Under,
): Promise<Pick<Passage, 'caller' | 'rank'> & Authorised> {
  const { rules } = parts.dependencies;
  const rank = rankOfCaller(caller, passage.roles, { rules, roster, now: parts.now() });
  assertAdmin({ rank, caller });
  assertRights(rank, command);
  await assertSubjectStays(get, validated, roster);
  const call = callToAuthorise({ passage: { ...passage, caller, rank }, command, validated });
  return { caller, rank, ...(await authorise(parts, call)) };
}

export function callToAuthorise({ passage, command, validated }: CheckedCall): CallToAuthorise {
  const { rank, caller, roles: tokenRoles, origin } = passage;
  const { subject, params } = validated;
  return { rank, caller, tokenRoles, command, subject, params, address: origin.address };
}

/** What the command's `run` gets under this decision. */
export function callOf(
  { dependencies }: GateParts,
  { origin }: Pick<Passage, 'origin'>,
  {
    caller,
    rank,
    decoded,
    authority,
    ownAuthority,
    subject,
    now,
  }: Decided & Pick<Validated, 'subject'> & { now: Date },
): Omit<CommandCall, 'reader'> & Dependencies {
  const { principal, delegate } = caller;
  const actor = { principal, rank, ...(delegate === undefined ? {} : { delegate: delegate.principal }) };
  const who = { actor, user: decoded?.user, principal: subject ?? principal, authority, ownAuthority };
  return { ...dependencies, ...who, now, requestId: origin.requestId };
}

export function assertAdmin({ rank: { role }, caller }: Pick<Passage, 'rank' | 'caller'>): void {
  if (role === 'none') throw refuse('not_admin', wireName(caller.principal));
}
