import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenRpcDocument, PolicyRule } from '../../../src/base/schemas/generated.ts';
import { commandsBySubject } from '../../../src/operations/index.ts';
import { openHouse, originOf, type TestHouse } from '../../support/house.ts';
import { counted } from '../../support/long.ts';

/*
 * Policies are generated, and calls under them. An evaluator that shares nothing with the service says what each call
 * must come to; the gate, explain, listMyPrivileges and discovery must all agree with it.
 */

const TRIED = counted(5_000, 20);
const RUNS = TRIED.numRuns;
const CALLS = 10;

/** Those who call, and what they are; `boss` is in ws-admin. */
const PEOPLE = {
  boss: { role: 'full', roles: [], limited: false },
  fay: { role: 'full', roles: ['red'], limited: false },
  lim: { role: 'full', roles: [], limited: ['lockWorkspace'] },
  ron: { role: 'readOnly', roles: ['red', 'blue'], limited: false },
  nia: { role: 'none', roles: ['blue'], limited: false },
  noe: { role: 'none', roles: [], limited: false },
} as const;
type Person = keyof typeof PEOPLE;
const people = Object.keys(PEOPLE) as Person[];
const isAdmin = (who: Person) => PEOPLE[who].role !== 'none';

/** The commands that are called: what the key `user` means, and parameters. */
const COMMANDS = {
  createWorkspace: { effect: 'write', user: 'subject', group: 'workspaces' },
  lockWorkspace: { effect: 'write', user: 'ignored', group: 'workspaces' },
  listResources: { effect: 'read', user: 'optionalSubject', group: 'resources-of-all-systems' },
  enableUser: { effect: 'write', user: 'target', group: 'directory-of-users' },
  listRoles: { effect: 'read', user: 'ignored', group: 'roles-and-friends' },
  addAdmin: { effect: 'write', user: 'target', group: 'administrators' },
} as const;
type Name = keyof typeof COMMANDS;
const names = Object.keys(COMMANDS) as Name[];
const RESERVED: readonly string[] = ['addAdmin'];

interface Call {
  readonly who: Person;
  readonly command: Name;
  readonly user?: Person;
  readonly params: Readonly<Record<string, unknown>>;
  readonly address: string;
}

const NOW = new Date('2026-11-25T12:00:00Z');
const [INSIDE, OUTSIDE] = ['10.1.2.3', '192.0.2.9'];

const who = fc.constantFrom(...people, 'role:red', 'role:blue', 'admins', 'readOnlyAdmins', 'anybody');
const commands = fc.constantFrom(
  ...names,
  'group:workspaces',
  'group:reads',
  'group:writes',
  'group:roles-and-friends',
  '*',
);
const someOf = <T>(one: fc.Arbitrary<T>, max = 3) => fc.uniqueArray(one, { minLength: 1, maxLength: max });
const maybe = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });
const rule = fc.record({
  who: someOf(who),
  commands: someOf(commands),
  as: maybe(someOf(fc.constantFrom(...people, 'role:red', 'role:blue', '*'), 2)),
  where: maybe(
    fc.constantFrom({ required: ['id'] }, { properties: { workspace: { pattern: '^a' } } }, { maxProperties: 0 }),
  ),
  when: maybe(
    fc.constantFrom<NonNullable<PolicyRule['when']>>(
      { weekdays: ['wed'] },
      { weekdays: ['thu', 'fri'] },
      { hours: '22:00-06:00' },
      { hours: '20:00-08:00', timezone: 'Asia/Tokyo' },
      { until: '2026-11-25T12:00:00Z' },
      { from: '2026-11-25T12:00:00Z' },
    ),
  ),
  from: maybe(fc.constantFrom(['10.0.0.0/8'], ['192.0.2.9'])),
  effect: fc.constantFrom('allow', 'allow', 'deny', 'require'),
  reason: fc.constantFrom(true, undefined, '^OK'),
});
type Made = typeof rule extends fc.Arbitrary<infer R> ? R : never;

const call: fc.Arbitrary<Call> = fc
  .record({
    who: fc.constantFrom(...people),
    command: fc.constantFrom(...names),
    user: fc.constantFrom(...people),
    named: fc.boolean(),
    variant: fc.constantFrom('a', 'b'),
    address: fc.constantFrom(INSIDE, OUTSIDE),
  })
  .map(({ named, variant, user, ...rest }) => {
    const { user: meaning } = COMMANDS[rest.command];
    const takes = meaning !== 'ignored' && (meaning !== 'optionalSubject' || named);
    return { ...rest, ...(takes ? { user } : {}), params: paramsOf(rest.command, variant) };
  });

function paramsOf(command: Name, variant: string): Record<string, unknown> {
  if (command === 'createWorkspace') return { workspace: `${variant}${'-space'}` };
  return command === 'lockWorkspace' ? { id: 1 } : {};
}

/** What a rule looks like in the file. */
function written({ effect, reason, ...made }: Made, i: number): PolicyRule {
  const require = reason === undefined ? {} : { require: { reason: reason as true | string } };
  const decision =
    effect === 'allow' ? { allow: true as const, ...require } : effect === 'deny' ? { deny: true as const } : require;
  const nothing = effect === 'require' && reason === undefined ? { require: { reason: true as const } } : {};
  return JSON.parse(JSON.stringify({ name: `r${i}`, ...made, ...decision, ...nothing })) as PolicyRule;
}

// The evaluator.

const among = (list: readonly string[], person: Person) =>
  list.includes(person) || PEOPLE[person].roles.some((role) => list.includes(`role:${role}`));

function covers(list: readonly string[], command: Name): boolean {
  const { effect, group } = COMMANDS[command];
  return [command, '*', `group:${group}`, `group:${effect}s`].some((entry) => list.includes(entry));
}

function holdsAt({ when }: PolicyRule): boolean {
  if (when?.weekdays !== undefined) return when.weekdays.includes('wed');
  if (when?.hours === '22:00-06:00') return false;
  // Noon in UTC is nine in the evening in Tokyo.
  if (when?.hours !== undefined) return true;
  return when?.until === undefined;
}

function fitsWhere({ where }: PolicyRule, params: Call['params']): boolean {
  const { required, properties, maxProperties } = (where ?? {}) as {
    required?: string[];
    properties?: object;
    maxProperties?: number;
  };
  if (required?.some((key) => !(key in params))) return false;
  if (maxProperties === 0 && Object.keys(params).length > 0) return false;
  return properties === undefined || params.workspace === undefined || String(params.workspace).startsWith('a');
}

function applies(one: PolicyRule, { who: caller, command, user, params, address }: Call): boolean {
  const { role } = PEOPLE[caller];
  const named =
    among(one.who, caller) ||
    one.who.includes('anybody') ||
    (role === 'full' && one.who.includes('admins')) ||
    (role === 'readOnly' && one.who.includes('readOnlyAdmins'));
  const onWhom = one.as === undefined || (user !== undefined && (one.as.includes('*') || among(one.as, user)));
  const isInside = one.from === undefined || (one.from[0] === '10.0.0.0/8') === (address === INSIDE);
  return named && covers(one.commands, command) && onWhom && fitsWhere(one, params) && holdsAt(one) && isInside;
}

function gives(one: PolicyRule, asked: Call): boolean {
  const { role, limited } = PEOPLE[asked.who];
  if (one.allow !== true || RESERVED.includes(asked.command)) return false;
  const byGroup =
    !limited &&
    ((role === 'full' && one.who.includes('admins')) || (role === 'readOnly' && one.who.includes('readOnlyAdmins')));
  if (!among(one.who, asked.who) && !one.who.includes('anybody') && !byGroup) return false;
  return asked.user === undefined || !isAdmin(asked.user) || (one.as !== undefined && among(one.as, asked.user));
}

interface Verdict {
  readonly allowed: boolean;
  readonly reasons: readonly (true | string)[];
}

function evaluate(rules: readonly PolicyRule[], asked: Call): Verdict {
  const matching = rules.filter((one) => applies(one, asked));
  if (matching.some(({ deny }) => deny)) return { allowed: false, reasons: [] };
  const { role, limited } = PEOPLE[asked.who];
  const byDefault =
    role === 'full'
      ? limited === false || (limited as readonly string[]).includes(asked.command)
      : role === 'readOnly' && COMMANDS[asked.command].effect === 'read';
  if (!byDefault && !matching.some((one) => gives(one, asked))) return { allowed: false, reasons: [] };
  return { allowed: true, reasons: matching.flatMap(({ require }) => require?.reason ?? []) };
}

/** Whether the command could be run for some user and parameters, from this address. */
function conceivable(rules: readonly PolicyRule[], caller: Person, command: Name, address: string): boolean {
  const some = { who: caller, command, address, params: {} } as const;
  const anyhow = (one: PolicyRule): PolicyRule => {
    const { as: _as, where: _where, ...bare } = one;
    return bare as PolicyRule;
  };
  const sure = rules.filter((one) => one.as === undefined && one.where === undefined);
  if (sure.some((one) => one.deny && applies(one, some))) return false;
  return evaluate([], some).allowed || rules.some((one) => applies(anyhow(one), some) && gives(anyhow(one), some));
}

// The house.

const REFUSED = ['not_admin', 'rights_required', 'command_not_allowed', 'subject_not_allowed', 'policy_denied'];
const file = { text: 'rules: []' };
let house: TestHouse;

beforeAll(async () => {
  house = await openHouse({ policy: { file: 'policy.yaml', read: async () => file.text }, now: () => NOW });
  await house.meet(...people);
  await house.administer('boss', { command: 'addAdmin', user: 'fay' });
  await house.administer('boss', { command: 'addAdmin', user: 'ron', params: { role: 'readOnly' } });
  await house.administer('boss', { command: 'addAdmin', user: 'lim', params: { commands: ['lockWorkspace'] } });
  for (const role of ['red', 'blue']) {
    const members = people.filter((person) => (PEOPLE[person].roles as readonly string[]).includes(role));
    await house.administer('boss', { command: 'createRole', params: { name: role, members } });
  }
  await house.administer('boss', { command: 'createWorkspace', user: 'noe', params: { workspace: 'shelf' } });
});
afterAll(async () => house[Symbol.asyncDispose]());

async function ask(caller: Person, address: string, object: object) {
  const method = house.gate.method('Workspace.administer');
  if (method === undefined) throw new Error('there is no administer');
  const origin = { ...originOf(caller), address };
  const identified = await house.gate.identify(method, origin);
  return house.gate.call(method, { caller: identified, params: [object], origin }).then(
    ({ result }) => ({ result: result as Record<string, unknown>, reason: undefined }),
    ({ reason }) => ({ result: undefined, reason: reason as string }),
  );
}

async function discovered(caller: Person, address: string): Promise<readonly string[]> {
  const method = house.gate.method('rpc.discover');
  if (method === undefined) throw new Error('there is no rpc.discover');
  const origin = { ...originOf(caller), address };
  const identified = await house.gate.identify(method, origin);
  const { result } = await house.gate.call(method, { caller: identified, params: [], origin });
  return (result as OpenRpcDocument)['x-commands'].map(({ name }) => name);
}

const KEYS = ['as', 'where', 'when', 'from', 'allow', 'deny', 'require'] as const;
const none = { as: 0, where: 0, when: 0, from: 0, allow: 0, deny: 0, require: 0 };
const counts = { ...none, policies: 0, allowed: 0, denied: 0, asked: 0 };

const NAME = `what ${RUNS} policies allow is what the evaluator, the gate, explain, listMyPrivileges and discovery say`;

it(NAME, { timeout: 3_600_000 }, async () => {
  const policies = fc.record({
    made: fc.array(rule, { maxLength: 5 }),
    calls: fc.array(call, { minLength: CALLS, maxLength: CALLS }),
  });
  await fc.assert(
    fc.asyncProperty(policies, async ({ made, calls }) => {
      const rules = made.map(written);
      file.text = JSON.stringify({ rules });
      await house.policy?.check();
      // A file with a rule that can never apply, or that locks everybody out, is refused by itself.
      if (house.policy?.trouble === 'refused') return;
      counts.policies += 1;
      for (const key of KEYS) if (rules.some((one) => one[key] !== undefined)) counts[key] += 1;
      for (const asked of calls) await compare(rules, asked);
      const [{ who: caller, address } = calls[0] as Call] = calls;
      await compareLists(rules, caller, address);
    }),
    { ...TRIED, endOnFailure: false },
  );
  expect(counts.policies).toBeGreaterThan(RUNS / 3);
  for (const outcome of [counts.where, counts.allowed, counts.denied, counts.asked])
    expect(outcome).toBeGreaterThan(RUNS / 10);
});

async function compare(rules: readonly PolicyRule[], asked: Call): Promise<void> {
  const { allowed, reasons } = evaluate(rules, asked);
  const { who: caller, command, user, params, address } = asked;
  const shown = JSON.stringify(asked);
  const object = { command, ...(user === undefined ? {} : { user }), params };
  const plain = await ask(caller, address, { ...object, ...dry(command) });
  expect(!REFUSED.includes(plain.reason ?? ''), shown).toBe(allowed);
  expect(plain.reason === 'reason_required', shown).toBe(allowed && reasons.length > 0);
  if (allowed) {
    const fitting = await ask(caller, address, { ...object, ...dry(command), reason: 'OK, because' });
    expect(['reason_required', ...REFUSED], shown).not.toContain(fitting.reason);
  }
  const explained = await ask(caller, address, { command: 'explain', params: { command, user, params } });
  if (explained.result === undefined) {
    expect(isAdmin(caller), shown).toBe(false);
    expect(REFUSED, shown).toContain(explained.reason);
  } else {
    expect(explained.result.verdict, shown).toBe(allowed ? 'allow' : 'deny');
    expect((explained.result.requires as object[]).length, shown).toBe(reasons.length);
  }
  if (!allowed) counts.denied += 1;
  else if (reasons.length > 0) counts.asked += 1;
  else counts.allowed += 1;
}

const dry = (command: Name) => (COMMANDS[command].effect === 'write' ? { dryRun: true } : {});

async function compareLists(rules: readonly PolicyRule[], caller: Person, address: string): Promise<void> {
  const expected = names.filter((command) => conceivable(rules, caller, command, address));
  const { result } = await ask(caller, address, { command: 'listMyPrivileges' });
  if (result === undefined) {
    expect(isAdmin(caller)).toBe(false);
    return;
  }
  const listed = names.filter((command) => (result.commands as string[]).includes(command));
  expect(listed).toEqual(expected);
  const shown = await discovered(caller, address);
  expect([...shown].sort()).toEqual([...(result.commands as string[])].sort());
  for (const command of names) {
    const { result: explained } = await ask(caller, address, { command: 'explain', params: { command } });
    if (explained !== undefined) expect(explained.verdict === 'allow', command).toBe(expected.includes(command));
  }
}

it('the evaluator knows the groups of the commands that are called', () => {
  for (const name of names) {
    const [subject = ''] = [...commandsBySubject].find(([, all]) => all.some((command) => command.name === name)) ?? [];
    const group = subject.replace(/^The /, '').toLowerCase().replaceAll(' ', '-');
    expect(COMMANDS[name].group).toBe(group);
  }
});
