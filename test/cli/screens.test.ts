import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { LONG } from '../support/long.ts';
import { startLoopback } from '../support/loopback.ts';
import { MAIN } from '../support/running.ts';
import { screenOf } from '../support/screen.ts';
import { type CommandTerminal, openTerminal, type Typed } from './commandTerminal.ts';

/*
 * What administrators see at a terminal of 80 columns, as it is kept in screens/. Other tests look at the progress of jobs
 * (job.test.ts), at --watch (watch.test.ts), and at the questions of steward undo (undo.test.ts).
 */

const PYTHON_CLIENT = fileURLToPath(new URL('../../src/client/python', import.meta.url));

let service: HostedService;
let terminal: CommandTerminal;
let job = '';

async function administer(command: string, more: object) {
  const { result } = await service.administer('admin', { command, ...more });
  return result as [Readonly<Record<'job' | 'id', string>>] | null;
}

beforeAll(async () => {
  service = await startHosted();
  for (const user of ['ann', 'bea', 'cec']) await administer('addUser', { user });
  const workspaces = { 'ann:genomes': 'Genomes of yeast, 2026', 'ann:reads': '酵母の配列データ', 'bea:plates': 'é' };
  for (const [workspace, title] of Object.entries(workspaces)) {
    const owner = workspace.split(':')[0] ?? '';
    await service.call(owner, 'Workspace.create_workspace', [{ workspace, globalread: 'r', meta: { title } }]);
  }
  const owners = [{ accountType: 'User', owner: 'bea' }];
  await administer('createResource', { params: { type: 'plate', name: '顕微鏡データ', owners } });
  await administer('createRole', { params: { name: 'curators' } });
  const moved = await administer('changeOwner', { params: { from: 'bea', to: 'cec', types: ['plate'] } });
  job = moved?.[0].job ?? '';
  terminal = await openTerminal(service.folder, {
    PATH: `${service.folder}:${process.env.PATH}`,
    TERM: 'xterm-256color',
    TZ: 'Europe/Berlin',
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: join(service.folder, 'home'),
    STEWARD_SERVER: service.url,
    STEWARD_TOKEN: service.tokenOf('admin'),
  });
  await mkdir(join(service.folder, 'home'));
  await writeFile(
    join(service.folder, 'term.batch'),
    'addUser tove\naddUser ann\naddUser ann\nrenameUser nobody tom\n',
  );
  await writeFile(join(service.folder, 'users.txt'), 'bea\ncec\n');
  const calls = ['una', 'ann'].map((user) => JSON.stringify({ command: 'addUser', user }));
  await writeFile(join(service.folder, 'people.ndjson'), `${calls.join('\n')}\n`);
  await writeFile(join(service.folder, 'steward'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(async () => {
  await terminal.close();
  await service.stop();
});

interface Screen extends Typed {
  readonly name: string;
}

/** Runs the command line, and compares what it leaves on the screen with what is kept. @returns the exit status */
async function shows({ name, ...typed }: Screen): Promise<number> {
  const { words = [], line = [...(typed.program ?? ['steward']), ...words].join(' ') } = typed;
  const { code, shown } = await terminal.run(typed);
  await expect(await screenOf(`$ ${line}\n${shown}`)).toMatchFileSnapshot(`screens/${name}.txt`);
  return code;
}

it('what cannot be undone shows its full effect and asks: closing an account', async () => {
  const words = ['user', 'delete', 'ann'];
  expect(await shows({ name: 'user-delete', words, answers: { 'Type ann to go on: ': 'no' } })).toBe(1);
});

it('what cannot be undone shows its full effect and asks: off-boarding', async () => {
  const words = ['user', 'offboard', 'ann', 'cec'];
  expect(await shows({ name: 'user-offboard', words, answers: { 'Type ann to go on: ': 'no' } })).toBe(1);
  const { result } = await service.administer('admin', { command: 'listUsers', params: { prefix: 'ann' } });
  expect(result).toEqual([{ users: [expect.objectContaining({ user: 'ann', state: 'active' })] }]);
});

it('one way to say a thing: the verbs of a subject, with its arguments', async () => {
  expect(await shows({ name: 'workspace-help', words: ['workspace', '--help'] })).toBe(0);
  expect(await shows({ name: 'workspace-give-help', words: ['workspace', 'give', '--help'] })).toBe(0);
});

it('tables fit the terminal, with named columns and ages', async () => {
  expect(await shows({ name: 'workspace-list', words: ['workspace', 'list'] })).toBe(0);
  expect(await shows({ name: 'workspace-visible', words: ['workspace', 'visible', '--as', 'ann'] })).toBe(0);
  expect(await shows({ name: 'resource-list', words: ['resource', 'list', '--type', 'plate'] })).toBe(0);
});

it('a list of fixed length is shown with the names of its places, in the local time zone', async () => {
  expect(await shows({ name: 'workspace-show', words: ['workspace', 'show', 'ann:genomes'] })).toBe(0);
});

it('what is longer than the screen goes through the pager', async () => {
  const env = { STEWARD_PAGER: "sed 's/^/paged: /'" };
  expect(await shows({ name: 'paged', words: ['workspace', 'list', '-o', 'name'], env, rows: 3 })).toBe(0);
});

it('times may be short, and are shown as ages', async () => {
  const words = ['admin', 'add', 'cec', '--role', 'readOnly', '--expires', '36h'];
  expect(await shows({ name: 'admin-add', words })).toBe(0);
  expect(await shows({ name: 'admin-list', words: ['admin', 'list', '--detail'] })).toBe(0);
  expect(await shows({ name: 'time-wrong', words: ['audit', '--from', 'last week'] })).toBe(2);
});

it('the audit shows what was changed, and leaves out reads', async () => {
  await service.administer('admin', { command: 'listUsers' });
  expect(await shows({ name: 'audit', words: ['audit', '--lines', '5'] })).toBe(0);
});

it('a batch shows its progress, the outcome of each line, and a summary with reasons', async () => {
  const words = ['sudo', '--batch', 'term.batch', '--keep-going', '--reason', 'new term'];
  expect(await shows({ name: 'batch', words })).toBe(1);
});

it('a mistake is answered with what was probably meant, its true cause, and what to do next', async () => {
  expect(await shows({ name: 'unknown-command', words: ['listadmins'] })).toBe(2);
  await using server = await startLoopback(() => undefined);
  await server.stop();
  const closed = server.url;
  expect(await shows({ name: 'unknown-role', words: ['role', 'add-members', 'curator', 'ann'] })).toBe(4);
  expect(await shows({ name: 'unreached', words: ['admin', 'list'], env: { STEWARD_SERVER: closed } })).toBe(6);
  expect(await shows({ name: 'bad-token', words: ['admin', 'list'], env: { STEWARD_TOKEN: 'nonsense' } })).toBe(3);
});

it('all commands are found by group on one screen', async () => {
  expect(await shows({ name: 'help', words: ['--help'] })).toBe(0);
  expect(await shows({ name: 'sudo-help', words: ['sudo', '--help'] })).toBe(0);
});

it('steward login keeps a token that is typed unseen, and steward whoami says who that is', async () => {
  const env = { STEWARD_TOKEN: '' };
  const answers = { 'token: ': service.tokenOf('admin') };
  expect(await shows({ name: 'login', words: ['login', '--profile', 'boss'], env, answers })).toBe(0);
  expect(await shows({ name: 'whoami', words: ['whoami', '--profile', 'boss'], env })).toBe(0);
});

it('a secret that is missing is asked for, and not shown', async () => {
  const answers = { 'password: ': 'correct horse battery' };
  expect(await shows({ name: 'user-password', words: ['user', 'password', 'cec'], answers })).toBe(0);
});

it('a job that runs already can be followed to its end', async () => {
  expect(await shows({ name: 'job-watch', words: ['job', 'watch', job] })).toBe(0);
});

it('the Python client explains each command to help()', async () => {
  // As help() shows it, of whose other lines each version of Python makes something else.
  const script = [
    'import inspect, textwrap, steward',
    "f = steward.Steward('http://127.0.0.1').administer.addAdmin",
    "print(textwrap.indent(inspect.getdoc(f), ' ' * 4))",
  ].join('; ');
  const env = { PYTHONPATH: PYTHON_CLIENT, PYTHONDONTWRITEBYTECODE: '1' };
  expect(await shows({ name: 'python-help', program: ['python3'], words: ['-c', script], env })).toBe(0);
});

it.runIf(LONG)(
  'what cannot be undone shows its full effect and asks: an administrator, a tree, an account of staff',
  async () => {
    const owners = [{ accountType: 'User', owner: 'bea' }];
    const create = async (type: string, name: string, more: object) =>
      (await administer('createResource', { params: { type, name, owners, ...more } }))?.[0].id ?? '';
    const sales = await create('folders', 'Sales', { externalId: '/@Catalog/shared/Sales' });
    await create('workbooks', 'Q1', { externalId: '/@Catalog/shared/Sales/Q1', parents: [sales] });
    const answers = { 'Go on? [y/N] ': 'n' };
    const asks = async (name: string, ...words: string[]) => expect(await shows({ name, words, answers })).toBe(1);
    await administer('addAdmin', { user: 'bea' });
    await asks('admin-remove', 'admin', 'remove', 'bea');
    await asks('admin-remove-none', 'admin', 'remove', 'ann');
    await asks('resource-delete', 'resource', 'delete', sales, '--recursive');
    const sten = { username: 'sten', password: 'correct horse battery' };
    const staff = (await administer('createStaff', { params: sten }))?.[0].id ?? '';
    const typing = { [`Type ${staff} to go on: `]: 'sten' };
    expect(await shows({ name: 'staff-delete', words: ['staff', 'delete', staff], answers: typing })).toBe(1);
  },
);

it('one way to say a thing: the id of a job after the verb, and spellings of old', async () => {
  expect(await shows({ name: 'job-show', words: ['job', 'show', job] })).toBe(0);
  const old = ['--wsi', '{"workspace":"ann:reads"}', '--new_user', 'cec', '--dry-run'];
  expect(await shows({ name: 'old-spelling', words: ['sudo', 'setWorkspaceOwner', ...old] })).toBe(0);
});

it.each(['wide', 'json', 'yaml', 'name', 'jsonpath=$.users[*].id'])('a result may be shown as %s', async (form) => {
  const name = `user-list-${form.replace(/=.*/, '')}`;
  expect(await shows({ name, words: ['user', 'list', '--prefix', 'ann', '-o', form] })).toBe(0);
});

it('headings stand out by more than their place, unless nothing may, and may be left out', async () => {
  const words = ['role', 'list'];
  const list = async (env: Readonly<Record<string, string>>) => (await terminal.run({ words, env })).shown;
  expect(await list({})).toContain('\u001b[1mroles:\u001b[22m\n\u001b[1mname ');
  expect(await list({ NO_COLOR: '1' })).toMatch(/^roles:\nname /);
  expect(await shows({ name: 'role-list', words: [...words, '--no-headers'] })).toBe(0);
});

it('the audit is searched by short times, for reads too', async () => {
  const since = ['--from', '1h', '--command', 'createRole'];
  expect(await shows({ name: 'audit-since', words: ['audit', ...since] })).toBe(0);
  const reads = ['--reads', '--command', 'listRoles', '--lines', '1'];
  expect(await shows({ name: 'audit-reads', words: ['audit', ...reads] })).toBe(0);
});

it.runIf(LONG)('lists come from a file or a pipe, and outcomes go into one', async () => {
  const ofFile = 'steward workspace share ann:reads --new-permission r --users @users.txt';
  expect(await shows({ name: 'list-from-file', line: ofFile })).toBe(0);
  const piped = 'steward sudo --batch - --keep-going --json < people.ndjson';
  expect(await shows({ name: 'batch-json', line: piped })).toBe(1);
});

it('a misspelt name is answered with the one that was probably meant', async () => {
  const misspelt = async (name: string, code: number, ...words: string[]) =>
    expect(await shows({ name: `misspelt-${name}`, words })).toBe(code);
  await misspelt('command', 2, 'sudo', 'listAdmin');
  await misspelt('option', 2, 'user', 'list', '--prefx', 'ann');
  await misspelt('user', 4, 'user', 'disable', 'ane');
  await misspelt('workspace', 4, 'workspace', 'give', 'ann:genoms', 'cec');
  await misspelt('type', 2, 'resource', 'create', 'plat', 'HeLa');
});

it('profiles are listed, and a token is forgotten', async () => {
  const env = { STEWARD_TOKEN: '' };
  expect(await shows({ name: 'config-list', words: ['config', 'list'], env })).toBe(0);
  expect(await shows({ name: 'logout', words: ['logout', '--profile', 'boss'], env })).toBe(0);
});

it.runIf(LONG)('the Python client lists its commands to dir()', async () => {
  const script = "import steward; print(*dir(steward.Steward('http://127.0.0.1').administer)[-5:])";
  const env = { PYTHONPATH: PYTHON_CLIENT, PYTHONDONTWRITEBYTECODE: '1' };
  expect(await shows({ name: 'python-dir', program: ['python3'], words: ['-c', script], env })).toBe(0);
});
