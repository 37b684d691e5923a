import { text } from 'node:stream/consumers';
import { parse } from 'shell-quote';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/examples.ts';
import { argumentsOf, commandIn, GROUPS } from '../../src/cli/groups.ts';
import type { ListedCommand } from '../../src/cli/listed.ts';
import { listedCommands } from '../../src/cli/listing.ts';
import { parametersOf } from '../../src/cli/parameters.ts';
import { program } from '../../src/cli/program.ts';
import { placeOf, requestLine, startOf } from '../../src/cli/request.ts';
import { allCommands } from '../../src/operations/index.ts';
import { startLoopback } from '../support/loopback.ts';
import { runSteward, runWarm } from '../support/running.ts';

let commands: readonly ListedCommand[] = [];
beforeAll(async () => {
  commands = await listedCommands();
});

const rows = GROUPS.flatMap(({ verbs }) => Object.values(verbs));

/** The command object that a command line sends, which is answered with null. */
async function sentBy(
  ...words: string[]
): Promise<{ readonly code: number; readonly stderr: string; readonly sent?: object }> {
  let sent: object | undefined;
  await using server = await startLoopback(async (request, response) => {
    const { id, params } = JSON.parse(await text(request));
    sent = params[0];
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: null }));
  });
  const { code, stderr } = await runWarm(words, '/', { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' });
  return { code, stderr, ...(sent === undefined ? {} : { sent }) };
}

describe('the groups', () => {
  it('have every command under one verb', () => {
    expect(rows.map(commandIn).sort()).toEqual(allCommands.map(({ name }) => name).sort());
  });

  it('name arguments that the commands have, first of all the user whom the command is about', () => {
    for (const command of commands) {
      const names = argumentsOf(command.name).map(({ name }) => name);
      const known = parametersOf(command).map(({ name }) => name);
      if (command.user === 'target') expect(names[0], command.name).toBe('user');
      for (const name of command.user === 'target' ? names.slice(1) : names)
        expect(known, command.name).toContain(name);
    }
  });

  it('are shown on one screen', async () => {
    const { stdout } = await runSteward(['--help'], '/');
    const lines = stdout.trimEnd().split('\n');
    for (const { name } of GROUPS) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(lines.length).toBeLessThanOrEqual(47);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('a verb', () => {
  it.each([
    [
      'workspace give genomes ann',
      { command: 'setWorkspaceOwner', params: { wsi: { workspace: 'genomes' }, new_user: 'ann' } },
    ],
    ['workspace give 17 ann', { command: 'setWorkspaceOwner', params: { wsi: { id: 17 }, new_user: 'ann' } }],
    ['workspace lock 17', { command: 'lockWorkspace', params: { id: 17 } }],
    ['admin add ann --role readOnly', { command: 'addAdmin', user: 'ann', params: { role: 'readOnly' } }],
    ['admin add --user ann', { command: 'addAdmin', user: 'ann', params: {} }],
    [
      'role add-members curators ann bob',
      { command: 'addRoleMembers', params: { name: 'curators', members: ['ann', 'bob'] } },
    ],
    ['job show 6a1f', { command: 'getJob', params: { id: '6a1f' } }],
    ['user befriend ann bob', { command: 'addFriend', user: 'ann', params: { friend: 'bob' } }],
    ['object list --min-object-id 5', { command: 'listObjects', params: { minObjectID: 5 } }],
    [
      'object list genomes 17 --show-hidden 1',
      { command: 'listObjects', params: { ids: [17], workspaces: ['genomes'], showHidden: 1 } },
    ],
    ['object list --workspace genomes', { command: 'listObjects', params: { workspaces: ['genomes'] } }],
    ['user show ann', { command: 'listUsers', params: { name: 'ann' } }],
    ['role show curators', { command: 'listRoles', params: { name: 'curators' } }],
  ])('sends its command: steward %s', async (line, sent) => {
    expect(await sentBy(...line.split(' '))).toEqual({ code: 0, stderr: '', sent });
  });
});

it('every example of a verb makes the call that it is declared with', async () => {
  for (const command of commands) {
    const place = placeOf(command);
    if (place === undefined) throw new Error(`${command.name} has no verb`);
    for (const example of command.examples) {
      const line = commandLine(command, example, { start: startOf(command, place) });
      const [steward, group, verb, ...words] = parse(line).map(String);
      expect([steward, group, verb], line).toEqual(['steward', place.group, place.verb]);
      let called: object | undefined;
      const parsed = requestLine(command, {
        run: async ({ parts }) => {
          called = JSON.parse(JSON.stringify(parts));
        },
        place,
      });
      await parsed.exitOverride().parseAsync(words, { from: 'user' });
      const { proof: _, ...params } = (example.params ?? {}) as { readonly proof?: unknown };
      const user = example.user === undefined ? {} : { user: example.user };
      expect(called, line).toEqual({ ...user, params });
    }
  }
});

describe('an earlier spelling', () => {
  it.each([
    ['sudo getJob --id 6a1f', { command: 'getJob', params: { id: '6a1f' } }],
    [
      'sudo setWorkspaceOwner --wsi {"id":5} --new_user ann',
      { command: 'setWorkspaceOwner', params: { wsi: { id: 5 }, new_user: 'ann' } },
    ],
    ['sudo lockWorkspace --id 5', { command: 'lockWorkspace', params: { id: 5 } }],
    [
      'sudo setPermissions --workspace a:b --new_permission w --users ann',
      { command: 'setPermissions', params: { workspace: 'a:b', new_permission: 'w', users: ['ann'] } },
    ],
    ['sudo getObjects --no_data 1', { command: 'getObjects', params: { no_data: 1 } }],
    ['sudo listObjects --min-object-i-d 5', { command: 'listObjects', params: { minObjectID: 5 } }],
    ['sudo listObjects --ids [5]', { command: 'listObjects', params: { ids: [5] } }],
    ['sudo listObjects --workspaces ["a:b"]', { command: 'listObjects', params: { workspaces: ['a:b'] } }],
  ])('is still accepted: steward %s', async (line, sent) => {
    expect(await sentBy(...line.split(' '))).toEqual({ code: 0, stderr: '', sent });
  });

  it('is not shown', async () => {
    const { commands: top } = await program();
    for (const group of [...GROUPS.map(({ name }) => name), 'sudo']) {
      for (const line of top.find((command) => command.name() === group)?.commands ?? []) {
        const help = line.helpInformation();
        expect(help, `${group} ${line.name()}`).not.toMatch(/--[a-z-]*_|--wsi|-i-d\b/);
      }
    }
  });
});

describe('an argument', () => {
  it('that is missing is named, with an example', async () => {
    const { code, stderr, sent } = await sentBy('job', 'show');
    expect({ code, sent }).toEqual({ code: 2, sent: undefined });
    expect(stderr).toMatch(/^steward: missing required argument 'id', such as in: steward job show \S+/);
  });

  it('is not taken twice', async () => {
    const { code, stderr, sent } = await sentBy('workspace', 'lock', 'genomes', '--id', '5');
    expect({ code, sent }).toEqual({ code: 2, sent: undefined });
    expect(stderr).toContain('workspace is given twice');
  });
});

it('JSON that is none is answered with an example of the command', async () => {
  const { code, stderr } = await runWarm(['resource', 'create', 'plate', 'HeLa', '--owners', 'ann'], '/');
  expect(code).toBe(2);
  const list = await runWarm(['object', 'list', '--workspaces', '1'], '/');
  expect(list.stderr).toMatch(/^steward: --workspaces must be a list, such as '\[/);
  expect(stderr).toMatch(/^steward: --owners must be JSON, such as '\[\{"accountType":"\w+","owner":"\w+"\}\]'\n/);
});

it('a secret that is missing is wanted on the standard input, and not sent for', async () => {
  const { code, stderr, sent } = await sentBy('user', 'password', 'ann');
  expect({ code, stderr, sent }).toEqual({
    code: 2,
    stderr: 'steward: give --password -, and the password on the standard input\n',
    sent: undefined,
  });
});

describe('a word that is not known', () => {
  it.each([
    ['user paint ann', 'steward user has list, add, rename, disable, enable, delete,'],
    ['xyzzy', 'See steward --help'],
    ['config set server', 'Usage: steward config set [options] <key> <value>'],
    ['object save 1 --objects []', 'Usage: steward object save [workspace] [options]'],
    ['workspace lock a b', 'Usage: steward workspace lock <workspace> [options]'],
  ])('like nothing that there is, is answered with what there is: steward %s', async (line, there) => {
    const { code, stderr } = await runWarm(line.split(' '), '/');
    expect(code).toBe(2);
    expect(stderr.split('\n')[1]?.trim()).toContain(there);
  });

  it.each([
    ['listadmins', 'steward sudo listAdmins'],
    ['jbo', 'steward job'],
    ['sudo listAdmin', 'steward sudo listAdmins'],
    ['job lits', 'steward job list'],
    ['workspace setWorkspaceOwner', 'steward sudo setWorkspaceOwner'],
    ['sudo listAdmins --detial', '--detail'],
  ])('is answered with what was probably meant: steward %s', async (line, meant) => {
    const { code, stderr } = await runWarm(line.split(' '), '/');
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n').at(-1)?.trim()).toBe(`Did you mean: ${meant}`);
  });
});
