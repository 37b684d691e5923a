import { refuse, type StewardError } from '../base/errors.ts';
import { type Principal, wireName } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { Roster } from '../identity/roster.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { GateParts } from './parts.ts';
import { authoriseByDefault } from './policy/defaultPolicy.ts';
import { actorsOf, type FactSources, subjectOf } from './policy/facts.ts';
import { type Facts, UNKNOWN, type Unknown } from './policy/policy.ts';
import { added, NO_REQUIREMENTS, type Requirements } from './policy/requirements.ts';
import { type Ruling, rulingOf } from './policy/ruling.ts';

/** What the authorisation depends on, besides the call. */
export type PolicyParts = Pick<GateParts, 'policy' | 'boundNames' | 'now'> & {
  readonly dependencies: Pick<GateParts['dependencies'], 'people' | 'rules'>;
};

/** A call as the policy sees it. */
export interface CallToAuthorise {
  readonly rank: Rank;
  readonly caller: Pick<SignedIn, 'principal' | 'delegate'>;
  readonly tokenRoles: readonly string[];
  readonly command: DeclaredCommand;
  /** {@link UNKNOWN} if it is not known yet whom the call will act as or be about. */
  readonly subject: Principal | undefined | Unknown;
  /** The key `user` of the command object. */
  readonly user: string | null | undefined;
  readonly params: unknown;
  readonly address: string;
}

/** Where the facts are read. */
export interface View {
  readonly roster: Roster;
  readonly reader: Reader;
  /** Set inside a transaction. */
  readonly tx?: Transaction;
}

/** What step 6 decided. */
export interface Authorised {
  /** The rule that let the call through. */
  readonly rule: string;
  /** The digest of the policy file. */
  readonly policy?: string;
  readonly requirements: Requirements;
}

/** The refusal of step 6, with the rule that refused. */
export interface Refused extends Omit<Authorised, 'requirements'> {
  readonly refusal: StewardError;
}

/** Step 6: the policy file and, where it does not decide, the default policy. */
export async function authorise(parts: PolicyParts, call: CallToAuthorise, view: View): Promise<Authorised | Refused> {
  const rule = await rulerOf(parts, call, view);
  const {
    verdict: _,
    line: _line,
    open: _open,
    refusal,
    requirements,
    ...named
  } = rule(call, await onWhom(parts, call, view));
  return refusal === undefined ? { ...named, requirements } : { ...named, refusal };
}

/** A ruling of the gate: on the person and, if a service acts for them, on the service. */
export interface GateRuling extends Ruling {
  readonly policy?: string;
}

/** A call by a known caller. */
type CallOfCaller = Pick<CallToAuthorise, 'command' | 'subject' | 'params'>;

/** Rules on any number of calls by the same caller: what both the person and the service may do is allowed. */
export async function rulerOf(
  parts: PolicyParts,
  { caller, rank, tokenRoles, address }: Pick<CallToAuthorise, 'caller' | 'rank' | 'tokenRoles' | 'address'>,
  view: View,
): Promise<(call: CallOfCaller, on: Facts['on']) => GateRuling> {
  const policy = parts.policy.current;
  const now = parts.now();
  const { principal, delegate } = caller;
  const people = delegate === undefined ? [principal] : [principal, delegate.principal];
  const actors = await actorsOf(policy.needs, caller, { ...sourcesOf(parts, view), rank, tokenRoles });
  return ({ command, subject, params }, on) => {
    const rulings = actors.map((actor, i): Ruling => {
      const who = people[i] ?? principal;
      const facts = { actor, command, on, params, address, now };
      // Step 2 made sure that a service may act for the person, and there is no other subject.
      const byDefault = () =>
        command.open === true && policy.mayGive(actor)
          ? 'default:open'
          : authoriseByDefault(actor.rank, who, { command, subject, isCleared: i > 0 });
      return rulingOf(policy, facts, { name: wireName(who), byDefault });
    });
    const ofFile = policy.digest === undefined ? {} : { policy: policy.digest };
    return { ...together(rulings, chainIn(caller, subject)), ...ofFile };
  };
}

/** All that is required by either, and the first refusal. */
function together(rulings: readonly Ruling[], chain: StewardError | undefined): Ruling {
  const [first] = rulings;
  const refused = rulings.find(({ verdict }) => verdict === 'deny');
  if (refused !== undefined) return refused;
  if (first === undefined) throw new TypeError('a call without an actor');
  const rule = rulings.map((ruling) => ruling.rule).join(' through ');
  if (chain !== undefined) return { ...first, verdict: 'deny', rule, requirements: NO_REQUIREMENTS, refusal: chain };
  return {
    ...first,
    rule,
    requirements: rulings.reduce((sum, ruling) => added(sum, ruling.requirements), NO_REQUIREMENTS),
    open: rulings.flatMap(({ open }) => open),
  };
}

/** A service that acts for a user cannot act as another one. */
function chainIn(
  { principal, delegate }: Pick<SignedIn, 'principal' | 'delegate'>,
  subject: CallToAuthorise['subject'],
): StewardError | undefined {
  if (delegate === undefined || subject === undefined || subject === UNKNOWN || subject._id === principal._id)
    return undefined;
  return refuse('delegation_chain', wireName(delegate.principal), wireName(principal), wireName(subject));
}

/** The facts about the subject or target of a call. */
export async function onWhom(
  parts: PolicyParts,
  { command, subject, user }: Pick<CallToAuthorise, 'command' | 'subject' | 'user'>,
  view: View,
): Promise<Facts['on']> {
  const { needs, digest } = parts.policy.current;
  if (subject === UNKNOWN) return UNKNOWN;
  if (digest === undefined) return undefined;
  return subjectOf(needs, { command, subject, user, reader: view.reader }, sourcesOf(parts, view));
}

/** Where facts about people are read. */
export function sourcesOf(
  { dependencies: { people, rules }, boundNames, now }: PolicyParts,
  { roster, tx }: View,
): FactSources {
  const rolesOf = async (id: string) => {
    const found = tx === undefined ? people.rolesAndFriends(id, now()) : people.rolesAndFriendsIn(tx, roster.epoch, id);
    return (await found).roles;
  };
  return { people, rules, boundNames, roster, now: now(), rolesOf };
}
