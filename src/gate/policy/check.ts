import { isNetwork } from '../../base/addresses.ts';
import { oneLine } from '../../base/config/problems.ts';
import type { PolicyBudget, PolicyFile, PolicyRule } from '../../base/schemas/generated.ts';
import { appliesTo, namedIn } from './callers.ts';
import { type CommandNames, commandEntries, commandsOf } from './groups.ts';
import type { PolicyActor } from './policy.ts';
import type { PolicyProblem } from './problems.ts';
import { BREAK_GLASS, type CompiledRule } from './rules.ts';
import { type Path, unknownName, type YamlFile } from './yamlFile.ts';

/** What is wrong at a place of the file. */
export interface Complaint {
  readonly path: Path;
  readonly text: string;
}

const USER_NAME = /^[A-Za-z0-9_.@-]{1,100}$/;
const CALLER_FORMS = ['role:', 'token-role:', 'service:', 'id:'];
const SUBJECT_FORMS = ['role:', 'id:'];

/** Complaints about a rule by itself, as it is written. */
export function complaintsAbout(rule: PolicyRule, names: CommandNames): Complaint[] {
  return [
    ...aboutEffect(rule),
    ...rule.who.flatMap((entry, i) => aboutCaller(entry, ['who', i])),
    ...(rule.require?.approvals?.by ?? []).flatMap((entry, i) => aboutCaller(entry, ['require', 'approvals', 'by', i])),
    ...(rule.as ?? []).flatMap((entry, i) => aboutSubject(entry, ['as', i])),
    ...rule.commands.flatMap((entry, i) => aboutCommand(rule, { entry, path: ['commands', i] }, names)),
    ...(rule.from ?? []).flatMap((entry, i) => aboutNetwork(entry, ['from', i])),
    ...aboutTimes(rule),
    ...aboutApprovals(rule),
  ];
}

/** Complaints about a budget by itself, as it is written. */
export function complaintsAboutBudget({ who, require }: PolicyBudget): Complaint[] {
  return [
    ...who.flatMap((entry, i) => aboutCaller(entry, ['who', i])),
    ...(require.approvals?.by ?? []).flatMap((entry, i) => aboutCaller(entry, ['require', 'approvals', 'by', i])),
    ...aboutApprovals({ require }),
  ];
}

const complaint = (path: Path, text: string): Complaint[] => [{ path, text }];

function aboutEffect({ allow, deny, require }: PolicyRule): Complaint[] {
  if (allow && deny) return complaint(['deny'], 'a rule can have allow or deny, not both');
  if (deny && require) return complaint(['require'], 'a deny requires nothing: drop require, or drop deny');
  if (!allow && !deny && !require) return complaint([], 'the rule does nothing: give it allow, deny or require');
  return [];
}

function aboutCaller(entry: string, path: Path): Complaint[] {
  if (entry === '*') return complaint(path, '* is for commands and as: write anybody for every caller');
  if (['admins', 'readOnlyAdmins', 'anybody'].includes(entry)) return [];
  return aboutName(entry, path, CALLER_FORMS);
}

function aboutSubject(entry: string, path: Path): Complaint[] {
  if (entry === '*') return [];
  if (['admins', 'readOnlyAdmins', 'anybody'].includes(entry)) {
    return complaint(path, `as takes users and roles, not ${entry}: name them, or write * for everybody`);
  }
  return aboutName(entry, path, SUBJECT_FORMS);
}

function aboutName(entry: string, path: Path, forms: readonly string[]): Complaint[] {
  const form = forms.find((prefix) => entry.startsWith(prefix));
  if (form !== undefined) {
    return entry.length > form.length && entry.trim() === entry
      ? []
      : complaint(path, `${form} must be followed by a name`);
  }
  if (USER_NAME.test(entry)) return [];
  return complaint(path, `${oneLine(entry)} is no user name; other entries begin with ${forms.join(', ')}`);
}

function aboutCommand(
  rule: PolicyRule,
  { entry, path }: { readonly entry: string; readonly path: Path },
  names: CommandNames,
): Complaint[] {
  const what = entry.startsWith('group:') ? 'group of commands' : 'command';
  if (commandsOf(entry, names) === undefined) {
    const shown = entry.startsWith('group:') ? entry.slice('group:'.length) : entry;
    const known = commandEntries(names).map((name) => (what === 'command' ? name : name.replace(/^group:/, '')));
    return complaint(path, unknownName(what, oneLine(shown), known));
  }
  if (rule.allow && entry !== BREAK_GLASS && names.commands.get(entry)?.reserved === true) {
    return complaint(
      path,
      `${entry} concerns the gate itself: a rule can deny it or require something, but not give it`,
    );
  }
  if (rule.deny && names.commands.get(entry)?.undeniable === true) {
    return complaint(path, `${entry} only shows or gives up what its caller has: no rule can deny it`);
  }
  return [];
}

function aboutNetwork(entry: string, path: Path): Complaint[] {
  return isNetwork(entry) ? [] : complaint(path, `${oneLine(entry)} is no address or network, such as 10.0.0.0/8`);
}

function aboutTimes({ when }: PolicyRule): Complaint[] {
  if (when === undefined) return [];
  const { from, until, hours, weekdays, timezone } = when;
  if (from !== undefined && until !== undefined && Date.parse(from) >= Date.parse(until)) {
    return complaint(['when', 'until'], 'until must be after from: the rule could never apply');
  }
  const [begin, end] = hours?.split('-') ?? [];
  if (hours !== undefined && begin === end) {
    return complaint(['when', 'hours'], 'the hours are empty: leave hours out for the whole day');
  }
  if (timezone !== undefined && hours === undefined && weekdays === undefined) {
    return complaint(['when', 'timezone'], 'timezone is for weekdays and hours, and there are none');
  }
  return [];
}

function aboutApprovals({ require }: Pick<PolicyRule, 'require'>): Complaint[] {
  const { count = 0, by } = require?.approvals ?? {};
  if (by === undefined) return [];
  const { ids, names, services, roles, tokenRoles, groups } = namedIn(by);
  const open = roles.size + tokenRoles.size + groups.size > 0;
  const people = ids.size + names.size + services.size;
  if (open || people >= count) return [];
  return complaint(['require', 'approvals', 'count'], `${count} must approve, but by names only ${people}`);
}

/** All that the rules of a file are checked with. */
export interface Checked {
  readonly file: PolicyFile;
  readonly rules: readonly CompiledRule[];
  readonly names: CommandNames;
  /** The entries of `ws-admin`. */
  readonly configured: readonly string[];
  readonly admins: KnownAdmins;
}

/** The full administrators without limits whom the checker knows. */
export interface KnownAdmins {
  readonly admins: readonly PolicyActor[];
  /** Whether there are no others. */
  readonly complete: boolean;
}

/** Complaints about the rules together; the paths begin at the file. */
export function complaintsTogether(checked: Checked): Complaint[] {
  return [
    ...aboutDuplicates(checked),
    ...aboutProtected(checked),
    ...aboutUnreachable(checked),
    ...aboutLockout(checked),
  ];
}

function aboutDuplicates({ file, rules }: Checked): Complaint[] {
  const ofBudgets = (file.budgets ?? []).flatMap(({ name }, i) => {
    const taken = [...rules.map((rule) => rule.name), ...(file.budgets ?? []).slice(0, i).map((b) => b.name)];
    return taken.includes(name) ? complaint(['budgets', i, 'name'], `there is a rule or budget ${name} already`) : [];
  });
  const ofRules = rules.flatMap(({ name }, i) => {
    const first = rules.findIndex((rule) => rule.name === name);
    return first === i
      ? []
      : complaint(['rules', i, 'name'], `there is a rule ${name} already, in line ${rules[first]?.line}`);
  });
  return [...ofRules, ...ofBudgets];
}

/** Nobody acts as an administrator whom the configuration protects. */
function aboutProtected({ file, configured }: Checked): Complaint[] {
  return (file.rules ?? []).flatMap(({ allow, as = [] }, i) =>
    as.flatMap((entry, j) =>
      allow && configured.includes(entry)
        ? complaint(['rules', i, 'as', j], `${entry} is an administrator by ws-admin, whom no rule may give anybody`)
        : [],
    ),
  );
}

function aboutUnreachable({ file, rules, names }: Checked): Complaint[] {
  const sources = file.rules ?? [];
  return rules.flatMap((rule, i) => {
    const source = sources[i];
    if (source === undefined) return [];
    if (rule.effect === 'allow' && [...rule.commands].every((name) => isReserved(name, rule, names))) {
      return complaint(['rules', i, 'commands'], 'the rule gives nothing: all its commands concern the gate itself');
    }
    if (rule.as !== undefined && ![...rule.commands].some((name) => hasUser(name, names))) {
      return complaint(['rules', i, 'as'], 'the rule can never apply: none of its commands takes a user');
    }
    const other = rules.findIndex((deny, j) => j !== i && hides(sources[j], deny, { source, rule, earlier: j < i }));
    if (other === -1) return [];
    const { name, line } = rules[other] ?? rule;
    return complaint(
      ['rules', i, 'name'],
      `the rule can never decide anything: ${name} (line ${line}) denies all that it covers`,
    );
  });
}

const isReserved = (name: string, { listed }: CompiledRule, { commands }: CommandNames): boolean =>
  commands.get(name)?.reserved === true && !(name === BREAK_GLASS && listed.has(name));

const hasUser = (name: string, { commands }: CommandNames): boolean => commands.get(name)?.user !== 'ignored';

/** Whether a `deny` covers all calls that another rule applies to. */
function hides(
  source: PolicyRule | undefined,
  deny: CompiledRule,
  other: { readonly source: PolicyRule; readonly rule: CompiledRule; readonly earlier: boolean },
): boolean {
  if (source === undefined || deny.effect !== 'deny') return false;
  // Of two equal denials the later one is superfluous.
  if (other.rule.effect === 'deny' && !other.earlier) return false;
  if (source.where !== undefined || source.when !== undefined) return false;
  const within = <T>(wide: readonly T[] | undefined, narrow: readonly T[] | undefined) =>
    wide === undefined || narrow?.every((entry) => wide.includes(entry)) === true;
  const callers = source.who.includes('anybody') || within(source.who, other.source.who);
  const subjects =
    within(source.as, other.source.as) || (source.as?.includes('*') === true && other.source.as !== undefined);
  const commands = [...other.rule.commands].every((name) => deny.commands.has(name));
  return callers && subjects && commands && within(source.from, other.source.from);
}

/** The commands without which nobody could mend the administration. */
const VITAL = ['addAdmin', 'removeAdmin', 'explain'];
/** Of these, what a rule can deny: nobody can be denied to ask about themself. */
const DENIABLE: readonly string[] = ['addAdmin', 'removeAdmin'];

function aboutLockout({ rules, admins: { admins, complete } }: Checked): Complaint[] {
  if (rules.length === 0 || admins.some((admin) => VITAL.every((c) => isAble(admin, c, { rules, admins, complete }))))
    return [];
  const denying = rules.findIndex(
    (rule) => rule.effect === 'deny' && isPlain(rule) && DENIABLE.some((command) => rule.commands.has(command)),
  );
  const requiring = rules.findIndex(
    (rule) => rule.requirements.approvals.length > 0 && VITAL.some((c) => rule.commands.has(c)),
  );
  const culprit = denying === -1 ? requiring : denying;
  return complaint(
    culprit === -1 ? ['rules'] : ['rules', culprit, 'commands'],
    `no full administrator could run ${VITAL.join(', ')} any more: at least one must be able to`,
  );
}

/** Without conditions that may hold at one time and not at another. */
const isPlain = ({ as, where, when, from }: CompiledRule): boolean =>
  as === undefined && where === undefined && when === undefined && from === undefined;

function isAble(
  admin: PolicyActor,
  command: string,
  { rules, admins, complete }: { readonly rules: readonly CompiledRule[] } & KnownAdmins,
): boolean {
  const applying = rules.filter((rule) => rule.commands.has(command) && appliesTo(rule.who, admin) && isPlain(rule));
  if (DENIABLE.includes(command) && applying.some(({ effect }) => effect === 'deny')) return false;
  if (!complete) return true;
  return applying.every(({ requirements }) =>
    requirements.approvals.every(({ count, by }) => {
      if (by !== undefined && !namedIn(by).groups.has('admins')) return true;
      return admins.filter((other) => other.id !== admin.id).length >= count;
    }),
  );
}

/** The complaints as problems of the file. */
export const problemsOf = (file: YamlFile, complaints: readonly Complaint[]): PolicyProblem[] =>
  complaints.map(({ path, text }) => file.problemAt(path, text));
