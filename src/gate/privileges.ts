import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Explain } from '../base/schemas/generated.ts';
import type { Holder } from '../identity/holder.ts';
import { NAMED_USERS, USERS } from '../identity/nameRules.ts';
import { type Principal, wireName } from '../identity/principal.ts';
import { type Limits, type Rank, rankOf } from '../identity/rank.ts';
import { one, resolveToAct, resolveToShow } from '../identity/resolver.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import type { Privileges } from '../operations/privileges.ts';
import type { Reader } from '../store/collection.ts';
import { type CallToAuthorise, onWhom, type PolicyParts, rulerOf, sourcesOf, type View } from './authorise.ts';
import { impliedBy } from './implied.ts';
import { requirementsMet, requirementsShown } from './met.ts';
import { readParams } from './params.ts';
import type { GateParts } from './parts.ts';
import { writes } from './policy/defaultPolicy.ts';
import { actorsOf } from './policy/facts.ts';
import { type Budget, UNKNOWN, UNKNOWN_PARAMS } from './policy/policy.ts';
import { added, NO_REQUIREMENTS } from './policy/requirements.ts';
import type { Ruling } from './policy/ruling.ts';
import { subjectAccess } from './subjectAccess.ts';

/** A caller, and from where they call. */
export type Asking = Pick<CallToAuthorise, 'caller' | 'rank' | 'tokenRoles' | 'address'>;

/** A caller with what their tickets belong to, if they have some. */
export type AskingHolder = Asking & { readonly credential: string | undefined };

export type PrivilegeParts = PolicyParts & Pick<GateParts, 'commands'>;

/** Answers questions about the caller's rights with the code that decides on calls. */
export function privilegesOf(parts: GateParts, asking: AskingHolder, view: View): Privileges {
  return {
    mayRun: () => mayRunOf(parts, asking, view),
    rules: async () => {
      const policy = parts.policy.current;
      if (policy.digest === undefined) return {};
      const known = await actorsFor(parts, asking, view);
      const budgets = known.flatMap((actor) => policy.budgetsFor(actor));
      return {
        policy: policy.digest,
        ...(budgets.length === 0 ? {} : { budgets: budgets.map(budgetShown) }),
        rules: known
          .flatMap((actor) => policy.rulesFor(actor))
          .map(({ name, line, effect, requirements }) => {
            const requires = requirementsShown(requirements);
            return { name, line, effect, ...(requires.length === 0 ? {} : { requires }) };
          }),
      };
    },
    explain: (question) => explain(parts, { asking, question }, view),
    assertMayGive: (receiver, limits) => assertMayGive(parts, { asking, receiver, limits }, view),
    assertMayChangeRole: (name) => assertMayChangeRole(parts, { asking, name }, view),
  };
}

/** Whether the gate would let the caller run a command, now and from here, for some user and parameters. */
export async function mayRunOf(
  parts: PolicyParts,
  asking: Asking,
  view: View,
): Promise<(command: DeclaredCommand) => boolean> {
  const ruling = await stepsOf(parts, asking, view);
  return (command) => ruling({ command, subject: UNKNOWN, params: UNKNOWN_PARAMS }, UNKNOWN).verdict === 'allow';
}

/** Steps 2, 4 and 6 for calls of one caller. A rule that depends on what is not known counts as one that allows. */
async function stepsOf(parts: PolicyParts, asking: Asking, view: View): ReturnType<typeof rulerOf> {
  const policy = parts.policy.current;
  const { rank, caller } = asking;
  const known = await actorsFor(parts, asking, view);
  const rule = await rulerOf(parts, asking, view);
  const given = (command?: DeclaredCommand) => known.some((actor) => policy.mayGive(actor, command));
  const denied = { verdict: 'deny', rule: `default:${rank.role}`, requirements: NO_REQUIREMENTS, open: [] } as const;
  const ofFile = policy.digest === undefined ? {} : { policy: policy.digest };
  return (call, on) => {
    if (rank.role === 'none' && !given()) {
      return { ...denied, ...ofFile, refusal: refuse('not_admin', wireName(caller.principal)) };
    }
    if (!writes(rank, call.command) && !given(call.command)) {
      return { ...denied, ...ofFile, refusal: refuse('rights_required') };
    }
    const ruling = rule(call, on);
    const isOpen = ruling.verdict === 'deny' && ruling.open.some(({ effect }) => effect === 'allow');
    return isOpen && !ruling.rule.startsWith('policy:') ? allowedIf(ruling) : ruling;
  };
}

function allowedIf({ refusal: _, ...ruling }: Ruling): Ruling {
  return { ...ruling, verdict: 'allow' };
}

/** The caller and the service that acts for them, as rules may name them. */
export const actorsFor = ({ policy, ...parts }: PolicyParts, { caller, ...asking }: Asking, view: View) =>
  actorsOf(policy.current.needs, caller, { ...sourcesOf({ policy, ...parts }, view), ...asking });

interface Asked {
  readonly asking: AskingHolder;
  readonly question: Explain['params'];
}

async function explain(parts: GateParts, { asking, question }: Asked, view: View): Promise<Explain['result']> {
  const command = parts.commands.get(question.command);
  if (command === undefined) throw refuse('command_unknown', question.command);
  const about = await askedAbout(parts, { asking, question }, view);
  const params =
    question.params === undefined
      ? UNKNOWN_PARAMS
      : readParams(command, { params: question.params, module: undefined });
  const subject = await subjectAsked(command, question, view.reader);
  const call = { command, subject, user: question.user, params };
  const isKnown = question.user !== undefined || question.params !== undefined;
  const on = isKnown ? await onWhom(parts, call, view) : UNKNOWN;
  const steps = await stepsOf(parts, about, view);
  const rulings = [steps(call, on)];
  const implied = question.params === undefined ? [] : await impliedBy(parts, call, view);
  for (const each of implied) rulings.push(steps(each, await onWhom(parts, each, view)));
  const { verdict, rule, line, policy, refusal, requirements, open } = together(rulings);
  const askedCall = {
    ...{ caller: about.caller, holder: question.for === undefined ? holderOf(asking) : undefined, command, question },
    subject: subject === UNKNOWN ? undefined : subject,
    params: question.params === undefined ? undefined : params,
  };
  return {
    verdict,
    rule,
    ...defined({ line, policy, access: await subjectAccess(parts, { subject, params }, view) }),
    ...(refusal === undefined ? {} : { refusal: { reason: refusal.reason, message: refusal.message } }),
    requires: await requirementsMet(parts, { requirements, call: askedCall }, view),
    depends: open.map(({ name, line: at, effect }) => ({ name, line: at, effect })),
  };
}

function holderOf({ caller: { principal, delegate }, rank, credential, address }: AskingHolder): Holder {
  return { principal, rank, credential, address, ...defined({ delegate: delegate?.principal }) };
}

/** The first refusal, or else what all of them require. */
function together(rulings: readonly Ruled[]): Ruled {
  const [first] = rulings;
  if (first === undefined) throw new TypeError('a question without a ruling');
  const refused = rulings.find(({ verdict }) => verdict === 'deny');
  const requirements = rulings.reduce((sum, ruling) => added(sum, ruling.requirements), NO_REQUIREMENTS);
  return refused ?? { ...first, requirements, open: rulings.flatMap(({ open }) => open) };
}

type Ruled = ReturnType<Awaited<ReturnType<typeof stepsOf>>>;

/** The caller, or the user whom a full administrator asks about. @throws rights_required, user_unknown */
async function askedAbout(parts: PolicyParts, { asking, question }: Asked, { roster, reader }: View): Promise<Asking> {
  if (question.for === undefined) return asking;
  if (asking.rank.role !== 'full') throw refuse('rights_required');
  const { user } = await one(resolveToShow(reader, [question.for], USERS));
  const { rules } = parts.dependencies;
  return {
    ...asking,
    caller: { principal: user },
    tokenRoles: [],
    rank: rankOf(user, [], { rules, roster, now: parts.now() }),
  };
}

/** @throws user_unknown, username_invalid */
async function subjectAsked(
  command: DeclaredCommand,
  { user, params }: Explain['params'],
  reader: Reader,
): Promise<Principal | undefined | typeof UNKNOWN> {
  if (command.user !== 'subject' && command.user !== 'optionalSubject') return undefined;
  if (user === undefined) return params === undefined ? UNKNOWN : undefined;
  const subject = await resolveToAct(reader, user, NAMED_USERS);
  if (subject === undefined) throw refuse('user_unknown', user);
  return subject;
}

const budgetShown = ({ name, line, owners, requirements }: Budget) => ({
  ...{ name, line, owners },
  requires: requirementsShown(requirements),
});

interface Gift {
  readonly asking: Asking;
  readonly receiver: Principal;
  readonly limits: Limits;
}

async function assertMayGive(parts: PrivilegeParts, { asking, receiver, limits }: Gift, view: View): Promise<void> {
  const policy = parts.policy.current;
  if (policy.digest === undefined) return;
  const rank: Rank = { ...limits, source: 'roster' };
  const [after] = await actorsFor(parts, { ...asking, caller: { principal: receiver }, rank, tokenRoles: [] }, view);
  const commands = new Set(limits.commands ?? parts.commands.keys());
  for (const giver of await actorsFor(parts, asking, view)) {
    const rule = after === undefined ? undefined : policy.escapedBy(giver, after, commands);
    if (rule !== undefined)
      throw refuse('exceeds_own_rights', wireName(asking.caller.principal)).because(`rule ${rule.name}`);
  }
}

async function assertMayChangeRole(
  parts: PrivilegeParts,
  { asking, name }: { readonly asking: Asking; readonly name: string },
  view: View,
): Promise<void> {
  const policy = parts.policy.current;
  if (policy.digest === undefined) return;
  const { rank } = asking;
  const isUnlimited = [rank, rank.through].every(
    (one) => one === undefined || (one.role === 'full' && !one.commands && !one.as && !one.scope && !one.delegatedOnly),
  );
  for (const actor of await actorsFor(parts, asking, view)) {
    const { giving, holding } = policy.dependingOn(name, actor);
    const rule = holding ?? (isUnlimited ? undefined : giving);
    if (rule !== undefined)
      throw refuse('exceeds_own_rights', wireName(asking.caller.principal)).because(`rule ${rule.name}`);
  }
}
