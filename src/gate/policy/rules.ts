import { Networks } from '../../base/addresses.ts';
import { defined } from '../../base/defined.ts';
import type { PolicyBudget, PolicyRequirements, PolicyRule } from '../../base/schemas/generated.ts';
import { appliesTo, givesTo, isNamed, type Named, namedIn } from './callers.ts';
import { linearPattern } from './pattern.ts';
import {
  type Budget,
  type Facts,
  type Judgement,
  type NamedRule,
  type Policy,
  type PolicyActor,
  type PolicyNeeds,
  type RuleName,
  UNKNOWN,
  UNKNOWN_PARAMS,
} from './policy.ts';
import { added, NO_REQUIREMENTS, type Requirements } from './requirements.ts';
import { RuleIndex } from './ruleIndex.ts';
import { timesMatcher } from './times.ts';
import { parametersMatcher } from './where.ts';

/** A rule whose lists and patterns are compiled. */
export interface CompiledRule extends RuleName {
  readonly effect: 'allow' | 'deny' | 'require';
  readonly who: Named;
  /** The names of the commands, without groups. */
  readonly commands: ReadonlySet<string>;
  /** Commands that the rule lists by name. */
  readonly listed: ReadonlySet<string>;
  readonly as: Named | undefined;
  readonly where: ((params: unknown) => boolean) | undefined;
  readonly when: ((at: Date) => boolean) | undefined;
  readonly from: Networks | undefined;
  readonly requirements: Requirements;
}

/**
 * @param line where the rule begins in its file
 * @param commands the commands that `commands` stands for
 * @throws an Error that says what is wrong, with the path in the rule as `cause`
 */
export function compileRule(rule: PolicyRule, line: number, commands: ReadonlySet<string>): CompiledRule {
  const { name, who, as, where, when, from, require } = rule;
  return {
    name,
    line,
    effect: rule.deny ? 'deny' : rule.allow ? 'allow' : 'require',
    who: namedIn(who),
    commands,
    listed: new Set(rule.commands),
    as: as && namedIn(as),
    where: where && at(['where'], () => parametersMatcher(where)),
    when: when && at(['when', 'timezone'], () => timesMatcher(when)),
    from: from && new Networks(from),
    requirements: require === undefined ? NO_REQUIREMENTS : requirementsOf(name, require),
  };
}

function requirementsOf(rule: string, { reason, ticket, approvals }: PolicyRequirements): Requirements {
  const pattern = typeof reason === 'string' ? reason : undefined;
  const matches = pattern === undefined ? () => true : at(['require', 'reason'], () => linearPattern(pattern));
  return {
    reasons: reason === undefined ? [] : [{ rule, matches, ...(pattern === undefined ? {} : { pattern }) }],
    tickets: ticket === undefined ? [] : [{ rule, maxAgeMinutes: ticket.maxMinutes }],
    approvals: approvals === undefined ? [] : [{ rule, ...approvals }],
  };
}

function at<T>(path: readonly string[], compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error), { cause: path });
  }
}

/** What a file says. */
interface Compiled {
  readonly rules: readonly CompiledRule[];
  readonly budgets: readonly CompiledBudget[];
}

type Match = 'yes' | 'no' | 'open';

/** A budget whose callers are compiled. */
export interface CompiledBudget extends Budget {
  readonly who: Named;
}

/** @param line where the budget begins in its file */
export function compileBudget({ name, who, owners, require }: PolicyBudget, line: number): CompiledBudget {
  return { name, line, owners, who: namedIn(who), requirements: requirementsOf(name, require) };
}

/** The rules of one policy file. Their order does not matter. */
export class Rules implements Policy {
  readonly digest: string;
  readonly needs: PolicyNeeds;
  readonly rules: readonly CompiledRule[];
  readonly #budgets: readonly CompiledBudget[];
  readonly #byCommand: ReadonlyMap<string, RuleIndex<CompiledRule>>;

  constructor(digest: string, { rules, budgets }: Compiled) {
    this.digest = digest;
    this.rules = rules;
    this.#budgets = budgets;
    const commands = new Set(rules.flatMap((rule) => [...rule.commands]));
    this.#byCommand = new Map(
      [...commands].map((name) => [name, new RuleIndex(rules.filter((rule) => rule.commands.has(name)))]),
    );
    this.needs = needsOf({ rules, budgets });
  }

  judge(facts: Facts): Judgement {
    let requirements = NO_REQUIREMENTS;
    let allow: CompiledRule | undefined;
    const open: Judgement['open'][number][] = [];
    for (const rule of this.#byCommand.get(facts.command.name)?.rulesFor(facts.actor) ?? []) {
      const match = rule.effect === 'deny' && isUndeniable(facts) ? 'no' : matchOf(rule, facts);
      if (match === 'no') continue;
      if (match === 'open') {
        const effect = rule.effect === 'allow' && !gives(rule, facts) ? 'require' : rule.effect;
        const counts = effect !== 'require' || rule.requirements !== NO_REQUIREMENTS;
        if (counts) open.push({ name: rule.name, line: rule.line, effect });
        continue;
      }
      if (rule.effect === 'deny') return { decision: decided(rule, 'deny'), requirements: NO_REQUIREMENTS, open: [] };
      if (rule.effect === 'allow') allow ??= gives(rule, facts) ? rule : undefined;
      requirements = added(requirements, rule.requirements);
    }
    const decision = allow === undefined ? {} : { decision: decided(allow, 'allow') };
    return { ...decision, requirements, open };
  }

  mayGive(actor: PolicyActor, command?: Facts['command']): boolean {
    const rules = command === undefined ? this.rules : (this.#byCommand.get(command.name)?.rulesFor(actor) ?? []);
    return rules.some(
      (rule) =>
        rule.effect === 'allow' && givesTo(rule.who, actor) && (command === undefined || canGive(rule, command)),
    );
  }

  budgetsFor(actor: PolicyActor): readonly Budget[] {
    return this.#budgets.filter(({ who }) => appliesTo(who, actor));
  }

  rulesFor(actor: PolicyActor): readonly NamedRule[] {
    return this.rules
      .filter(({ who }) => appliesTo(who, actor))
      .map(({ name, line, effect, requirements }) => ({ name, line, effect, requirements }));
  }

  escapedBy(giver: PolicyActor, receiver: PolicyActor, commands: ReadonlySet<string>): RuleName | undefined {
    const budget = this.#budgets.find(({ who }) => appliesTo(who, giver) && !appliesTo(who, receiver));
    const escaped = this.rules.find(
      (rule) =>
        holds(rule) &&
        appliesTo(rule.who, giver) &&
        !appliesTo(rule.who, receiver) &&
        [...commands].some((command) => rule.commands.has(command)),
    );
    return escaped ?? budget;
  }

  dependingOn(role: string, actor: PolicyActor): { readonly giving?: RuleName; readonly holding?: RuleName } {
    const giving = this.rules.find(({ effect, who }) => effect === 'allow' && who.roles.has(role));
    const holding = this.rules.find(
      (rule) => holds(rule) && appliesTo(rule.who, actor) && (rule.who.roles.has(role) || isApprovedBy(rule, role)),
    );
    const bounding = this.#budgets.find(
      (budget) => appliesTo(budget.who, actor) && (budget.who.roles.has(role) || isApprovedBy(budget, role)),
    );
    return defined({ giving, holding: holding ?? bounding });
  }
}

/** Whether the rule limits those to whom it applies. */
const holds = ({ effect, requirements }: CompiledRule): boolean =>
  effect === 'deny' || requirements !== NO_REQUIREMENTS;

const isApprovedBy = ({ requirements }: Pick<CompiledRule, 'requirements'>, role: string): boolean =>
  requirements.approvals.some(({ by = [] }) => by.includes(`role:${role}`));

const decided = <E extends 'allow' | 'deny'>({ name, line }: CompiledRule, effect: E) => ({ name, line, effect });

/** Whether the rule applies to the call; `open` if that depends on what is not known. */
function matchOf({ who, as, where, when, from }: CompiledRule, { actor, on, params, address, now }: Facts): Match {
  if (!appliesTo(who, actor) || when?.(now) === false || from?.has(address) === false) return 'no';
  let open = false;
  if (as !== undefined) {
    if (on === UNKNOWN) open = true;
    else if (on === undefined || !(as.everybody || isNamed(as, on))) return 'no';
  }
  if (where !== undefined) {
    if (params === UNKNOWN_PARAMS) open = true;
    else if (!where(params)) return 'no';
  }
  return open ? 'open' : 'yes';
}

/**
 * Whether a matching `allow` rule gives the command: never one that concerns the gate itself, and nothing on an
 * administrator whom it does not name.
 */
function gives(rule: CompiledRule, { actor, command, on }: Facts): boolean {
  if (!givesTo(rule.who, actor) || !canGive(rule, command)) return false;
  if (on === undefined || on === UNKNOWN || !on.isAdmin) return true;
  return rule.as !== undefined && isNamed(rule.as, on);
}

/** Whether nobody can be denied the call: to drop tickets, or to ask what oneself may do. */
function isUndeniable({ command: { undeniable }, params }: Facts): boolean {
  const isForOthers = params !== null && typeof params === 'object' && 'for' in params && params.for !== undefined;
  return undeniable === true || (undeniable === 'unlessFor' && !isForOthers);
}

/** Break-glass must be given by its name; `*` and groups do not include it. */
function canGive({ listed }: CompiledRule, { name, reserved }: Facts['command']): boolean {
  return reserved === true ? name === BREAK_GLASS && listed.has(name) : true;
}

/** The only command about the gate itself that a rule can give. */
export const BREAK_GLASS = 'breakGlass';

function needsOf({ rules, budgets }: Compiled): PolicyNeeds {
  const by = [...rules, ...budgets].flatMap(({ requirements }) =>
    requirements.approvals.flatMap((a) => (a.by ? [namedIn(a.by)] : [])),
  );
  const ofRules = rules.flatMap(({ who, as }) => (as === undefined ? [who] : [who, as]));
  const lists = [...ofRules, ...budgets.map(({ who }) => who)];
  return {
    names: new Set([...lists, ...by].flatMap((named) => [...named.names, ...named.services])),
    roles: [...lists, ...by].some((named) => named.roles.size > 0),
    tokenRoles: [...lists, ...by].some((named) => named.tokenRoles.size > 0),
  };
}
