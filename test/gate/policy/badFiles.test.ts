import { expect, it } from 'vitest';
import { configuredActors } from '../../../src/gate/policy/configuredActors.ts';
import { commandNames } from '../../../src/gate/policy/groups.ts';
import { parsePolicy } from '../../../src/gate/policy/policyFile.ts';
import { PolicyError } from '../../../src/gate/policy/problems.ts';
import { allMethods, commandsBySubject } from '../../../src/operations/index.ts';

const names = commandNames(commandsBySubject, allMethods);
const NOW = new Date('2026-11-25T12:00:00Z');

function parse(text: string, configured: readonly string[] = ['root', 'id:9']) {
  const admins = { admins: configuredActors(configured), complete: false };
  return parsePolicy(text, { file: 'policy.yaml', names, configured, admins, now: NOW });
}

function complaints(text: string, configured?: readonly string[]): string {
  try {
    parse(text, configured);
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return 'the file is good';
}

/** A file with one rule: its lines begin at line 2, column 5. */
const rule = (...lines: string[]) => `rules:\n  - ${lines.join('\n    ')}\n`;
const [NAME, WHO, COMMANDS, ALLOW] = ['name: one', 'who: [ann]', 'commands: [lockWorkspace]', 'allow: true'];
const expected = (...lines: string[]) => `expect:\n  - ${lines.join('\n    ')}\n`;

it.each<[what: string, text: string, place: string, sentence: string | RegExp]>([
  ['a list in place of the file', '- rules', '1:1', 'the file must be an object'],
  ['an unknown key', 'rule: []\n', '1:1', 'the file has the unknown key rule (did you mean rules?)'],
  ['broken YAML', 'rules: [\n', '2:1', /Flow sequence/],
  ['a key twice', 'rules: []\nrules: []\n', '2:1', /unique/],
  ['a tab for indentation', 'rules:\n\t- name: x\n', '2:1', /[Tt]ab/],
  [
    'a list as a key',
    rule(NAME, WHO, COMMANDS, ALLOW, 'where: {[id]: 1}'),
    '6:13',
    'a key must be a text, not a list or a map',
  ],
  ['an alias', 'rules: &r []\nexpect: *r\n', '1:1', /aliases/],
  ['two documents', 'rules: []\n---\nrules: []\n', '2:1', /multiple documents/],
  ['an unknown tag', 'rules: !thing []\n', '1:8', /tag/],
  ['rules that are no list', 'rules: {}\n', '1:1', 'rules must be an array'],
  ['a rule without a name', rule(WHO, COMMANDS, ALLOW), '2:5', 'rules[0] lacks the key name'],
  ['a rule without callers', rule(NAME, COMMANDS, ALLOW), '2:5', 'rules[0] lacks the key who'],
  ['a rule without commands', rule(NAME, WHO, ALLOW), '2:5', 'rules[0] lacks the key commands'],
  [
    'a denial of what nobody can be denied',
    rule(NAME, WHO, 'commands: [listUsers, dropTickets]', 'deny: true'),
    '4:27',
    'dropTickets only shows or gives up what its caller has: no rule can deny it',
  ],
  [
    'a misspelt key',
    rule(NAME, WHO, COMMANDS, ALLOW, 'wher: {}'),
    '6:5',
    'rules[0] has the unknown key wher (did you mean where?)',
  ],
  [
    'a name that is no name',
    rule('name: "a b"', WHO, COMMANDS, ALLOW),
    '2:5',
    /rules\[0\]\.name must have 1 to 64 ASCII letters, digits/,
  ],
  ['no callers at all', rule(NAME, 'who: []', COMMANDS, ALLOW), '3:5', /rules\[0\]\.who must have at least 1 item/],
  ['a text in place of a list', rule(NAME, 'who: ann', COMMANDS, ALLOW), '3:5', 'rules[0].who must be an array'],
  ['allow: false', rule(NAME, WHO, COMMANDS, 'allow: false'), '5:5', /rules\[0\]\.allow must be true/],
  ['allow and deny', rule(NAME, WHO, COMMANDS, ALLOW, 'deny: true'), '6:5', 'a rule can have allow or deny, not both'],
  [
    'a deny that requires',
    rule(NAME, WHO, COMMANDS, 'deny: true', 'require: {reason: true}'),
    '6:5',
    /^a deny requires nothing/,
  ],
  [
    'a rule that does nothing',
    rule(NAME, WHO, COMMANDS),
    '2:5',
    'the rule does nothing: give it allow, deny or require',
  ],
  [
    'an unknown command',
    rule(NAME, WHO, 'commands: [lockWorkspce]', ALLOW),
    '4:16',
    'there is no command lockWorkspce (did you mean lockWorkspace?)',
  ],
  [
    'an unknown group',
    rule(NAME, WHO, 'commands: [group:job]', ALLOW),
    '4:16',
    'there is no group of commands job (did you mean jobs?)',
  ],
  ['* as a caller', rule(NAME, "who: ['*']", COMMANDS, ALLOW), '3:11', /write anybody for every caller/],
  ['a caller with a blank', rule(NAME, 'who: [a b]', COMMANDS, ALLOW), '3:11', /^a b is no user name/],
  ['a role without a name', rule(NAME, "who: ['role:']", COMMANDS, ALLOW), '3:11', 'role: must be followed by a name'],
  ['an unknown form of caller', rule(NAME, 'who: [user:ann]', COMMANDS, ALLOW), '3:11', /^user:ann is no user name/],
  [
    'admins as subject',
    rule(NAME, WHO, 'commands: [getAcl]', 'as: [admins]', ALLOW),
    '5:10',
    /^as takes users and roles, not admins/,
  ],
  [
    'a protected administrator as subject',
    rule(NAME, WHO, 'commands: [getAcl]', 'as: [bea, root]', ALLOW),
    '5:15',
    /^root is an administrator by ws-admin/,
  ],
  [
    'the same by id',
    rule(NAME, WHO, 'commands: [disableUser]', "as: ['id:9']", ALLOW),
    '5:10',
    /^id:9 is an administrator by ws-admin/,
  ],
  [
    'subjects of commands that have none',
    rule(NAME, WHO, COMMANDS, 'as: [bea]', ALLOW),
    '5:5',
    /can never apply: none of its commands takes a user/,
  ],
  [
    'a command about the roster',
    rule(NAME, WHO, 'commands: [addAdmin]', ALLOW),
    '4:16',
    /^addAdmin concerns the gate itself/,
  ],
  [
    'a network that is none',
    rule(NAME, WHO, COMMANDS, 'from: [10.0.0.0/33]', ALLOW),
    '5:12',
    /is no address or network/,
  ],
  [
    'a short address',
    rule(NAME, WHO, COMMANDS, 'from: [10.1]', ALLOW),
    '5:12',
    /must be a string|is no address or network/,
  ],
  [
    'no such time zone',
    rule(NAME, WHO, COMMANDS, 'when: {hours: "09:00-17:00", timezone: Mars/Base}', ALLOW),
    '5:34',
    /Mars\/Base/,
  ],
  [
    'a time zone without hours',
    rule(NAME, WHO, COMMANDS, 'when: {from: 2026-01-01T00:00:00Z, timezone: UTC}', ALLOW),
    '5:40',
    /^timezone is for weekdays and hours/,
  ],
  [
    'no such weekday',
    rule(NAME, WHO, COMMANDS, 'when: {weekdays: [monday]}', ALLOW),
    '5:23',
    /must be one of mon, tue/,
  ],
  [
    'no such hour',
    rule(NAME, WHO, COMMANDS, 'when: {hours: "9-17"}', ALLOW),
    '5:12',
    /hours must be two times of day such as 09:00-17:00/,
  ],
  ['empty hours', rule(NAME, WHO, COMMANDS, 'when: {hours: "09:00-09:00"}', ALLOW), '5:12', /^the hours are empty/],
  [
    'an end before the beginning',
    rule(NAME, WHO, COMMANDS, 'when: {from: 2026-02-01T00:00:00Z, until: 2026-01-01T00:00:00Z}', ALLOW),
    '5:40',
    /^until must be after from/,
  ],
  [
    'a date that is none',
    rule(NAME, WHO, COMMANDS, 'when: {until: tomorrow}', ALLOW),
    '5:12',
    /until must be an instant such as/,
  ],
  ['a pattern that is none', rule(NAME, WHO, COMMANDS, "require: {reason: '(a'}"), '5:15', /missing (closing )?\)/],
  ['a pattern that RE2 does not know', rule(NAME, WHO, COMMANDS, "require: {reason: '(?=a)'}"), '5:15', /invalid|perl/],
  ['an empty requirement', rule(NAME, WHO, COMMANDS, 'require: {}'), '5:5', /must have at least 1 key/],
  ['no approvals', rule(NAME, WHO, COMMANDS, 'require: {approvals: {count: 0}}'), '5:27', /count must be at least 1/],
  [
    'more approvals than approvers',
    rule(NAME, WHO, COMMANDS, 'require: {approvals: {count: 2, by: [bea]}}'),
    '5:27',
    '2 must approve, but by names only 1',
  ],
  [
    'a ticket that may be old for ever',
    rule(NAME, WHO, COMMANDS, 'require: {ticket: {maxMinutes: 9999}}'),
    '5:24',
    /maxMinutes must be at most 1440/,
  ],
  [
    'a where that is no schema',
    rule(NAME, WHO, COMMANDS, 'where: {tpye: object}', ALLOW),
    '5:5',
    /unknown keyword: "tpye"/,
  ],
  [
    'a where with a bound that is none',
    rule(NAME, WHO, COMMANDS, 'where: {properties: {id: {minLength: -1}}}', ALLOW),
    '5:5',
    /^schema is invalid: data\/properties\/id\/minLength must be >= 0/,
  ],
  [
    'a where that would take long',
    rule(NAME, WHO, COMMANDS, 'where: {properties: {ids: {uniqueItems: true}}}', ALLOW),
    '5:5',
    /^uniqueItems cannot be used in where/,
  ],
  [
    'a pattern in where that is none',
    rule(NAME, WHO, COMMANDS, "where: {properties: {id: {pattern: '('}}}", ALLOW),
    '5:5',
    /missing (closing )?\)/,
  ],
  [
    'a name twice',
    `${rule(NAME, WHO, COMMANDS, ALLOW)}  - {name: one, who: [bea], commands: [getAcl], allow: true}\n`,
    '6:6',
    'there is a rule one already, in line 2',
  ],
  [
    'a rule that is always denied',
    `${rule(NAME, WHO, COMMANDS, ALLOW)}  - {name: no, who: [anybody], commands: ['group:workspaces'], deny: true}\n`,
    '2:5',
    /can never decide anything: no \(line 6\) denies/,
  ],
  [
    'a denial that is said twice',
    `${rule(NAME, WHO, COMMANDS, 'deny: true')}  - {name: no, who: [ann], commands: [lockWorkspace], deny: true}\n`,
    '6:6',
    /can never decide anything: one \(line 2\) denies/,
  ],
  [
    'a rule that gives nothing',
    rule(NAME, WHO, 'commands: [addAdmin, removeAdmin]', 'require: {reason: true}', 'allow: true').replace(
      '[addAdmin, removeAdmin]',
      "['group:administrators']",
    ),
    '',
    'the file is good',
  ],
  [
    'nobody who could add administrators',
    rule(NAME, 'who: [admins]', 'commands: [addAdmin]', 'deny: true'),
    '4:5',
    /^no full administrator could run addAdmin, removeAdmin, explain/,
  ],
  [
    'nobody who could explain',
    rule(NAME, 'who: [anybody]', "commands: ['*']", 'deny: true'),
    '4:5',
    /^no full administrator could run/,
  ],
  [
    'each configured administrator denied',
    rule(NAME, "who: [root, 'id:9']", 'commands: [removeAdmin]', 'deny: true'),
    '4:5',
    /^no full administrator could run/,
  ],
  [
    'a budget that requires nothing',
    'budgets:\n  - {name: b, who: [ann], owners: 1}\n',
    '2:5',
    'budgets[0] lacks the key require',
  ],
  [
    'a budget for nobody',
    'budgets:\n  - {name: b, who: [a b], owners: 1, require: {reason: true}}\n',
    '2:21',
    /^a b is no user name/,
  ],
  [
    'a budget of less than nothing',
    'budgets:\n  - {name: b, who: [ann], owners: -1, require: {reason: true}}\n',
    '2:27',
    /owners must be at least 0/,
  ],
  [
    'a budget with the name of a rule',
    `${rule(NAME, WHO, COMMANDS, ALLOW)}budgets:\n  - {name: one, who: [ann], owners: 1, require: {reason: true}}\n`,
    '7:6',
    'there is a rule or budget one already',
  ],
  [
    'a case with another verdict',
    `${rule(NAME, WHO, COMMANDS, ALLOW)}${expected('user: ann', 'command: lockWorkspace', 'verdict: deny')}`,
    '9:5',
    'the rules say otherwise: allow by policy:one (line 2)',
  ],
  [
    'a case with another rule',
    `${rule(NAME, WHO, COMMANDS, ALLOW)}${expected('user: root', 'command: lockWorkspace', 'verdict: allow', 'rule: one')}`,
    '10:5',
    'the rules say otherwise: allow by default:full',
  ],
  [
    'a case with other requirements',
    `${rule(NAME, WHO, COMMANDS, 'require: {reason: true}', ALLOW)}${expected('user: ann', 'command: lockWorkspace', 'verdict: allow', 'requires: [ticket]')}`,
    '11:5',
    'the rules say otherwise: it requires reason',
  ],
  [
    'a case of an unknown command',
    expected('user: ann', 'command: nothing', 'verdict: deny'),
    '3:5',
    'there is no command nothing',
  ],
  ['a case without a verdict', expected('user: ann', 'command: getAcl'), '2:5', 'expect[0] lacks the key verdict'],
])('refuses %s', (_, text, place, sentence) => {
  const found = complaints(text);
  if (place === '') return expect(found).toBe(sentence);
  const [line = ''] = found.split('\n');
  const said = line.replace(`policy.yaml:${place}: `, '');
  expect(line).toBe(`policy.yaml:${place}: ${said}`);
  if (typeof sentence === 'string') expect(said).toBe(sentence);
  else expect(said).toMatch(sentence);
});

it('says everything that is wrong at once, in the order of the file', () => {
  const found = complaints(rule(NAME, "who: ['*', 'a b']", 'commands: [nothing]', 'from: [here]', 'allow: true'));
  expect(found.split('\n').map((line) => line.split(': ')[0])).toEqual([
    'policy.yaml:3:11',
    'policy.yaml:3:16',
    'policy.yaml:4:16',
    'policy.yaml:5:12',
  ]);
});

it('takes a file without rules, an empty one, and one with comments alone', () => {
  for (const text of ['rules: []\n', '', '# nothing yet\n', 'expect: []\n']) expect(parse(text).rules).toEqual([]);
});

it('refuses a file that is too large to read', () => {
  expect(complaints(`# ${'x'.repeat(1_048_576)}\n`)).toMatch(/^policy.yaml:1:1: the file is larger than 1048576 bytes/);
});
