import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { runSteward, runWarm } from '../support/running.ts';

let service: HostedService;
let token = '';

beforeAll(async () => {
  service = await startHosted();
  token = (await runWarm(['token', 'admin'], service.folder)).stdout.trim();
  for (const user of ['lolcats', 'ann']) await service.administer('admin', { command: 'addUser', user });
});

afterAll(async () => {
  await service.stop();
});

const environment = () => ({ STEWARD_SERVER: service.url, STEWARD_TOKEN: token });
const sudo = (...words: string[]) => runWarm(['sudo', ...words], service.folder, environment());

it('steward sudo prints the id of a request for approval, with the commands that come next', async () => {
  const policy = join(service.folder, 'policy.yaml');
  const rule = { name: 'eyes', who: ['anybody'], commands: ['createRole'], require: { approvals: { count: 1 } } };
  await writeFile(policy, JSON.stringify({ rules: [rule] }));
  const own = await startHosted({ STEWARD_POLICY_FILE: policy });
  const steward = (user: string, ...words: string[]) =>
    runWarm(words, own.folder, {
      STEWARD_SERVER: own.url,
      STEWARD_TOKEN: own.tokenOf(user),
    });
  const as = (user: string, ...words: string[]) => steward(user, 'sudo', ...words);
  await as('admin', 'addUser', 'ann');
  await as('admin', 'addAdmin', 'ann');
  const asked = await as('admin', 'createRole', '--name', 'readers');
  expect(asked).toMatchObject({ code: 3, stdout: '' });
  const lines = asked.stderr.trimEnd().split('\n');
  const request = /the request ([0-9a-f]{24}) has 0 of 1 approvals/.exec(lines[0] ?? '')?.[1] ?? '';
  const [first, advice, approve = '', run = '', id] = lines;
  expect(first).toMatch(/^steward: createRole needs approval \(eyes\): .* \(approval_needed\)$/);
  expect(advice).toMatch(/^Those who may decide run approve or denyApproval/);
  expect(approve).toBe(`  somebody else:  steward approval approve ${request} --reason TEXT`);
  expect(run).toBe(`  then you:       steward approval run ${request}`);
  expect(id).toMatch(/^Request [0-9a-f-]{36}$/);
  expect(lines).toHaveLength(5);
  const json = await as('admin', 'createRole', '--name', 'readers', '--json');
  expect(JSON.parse(json.stderr).error).toMatchObject({ reason: 'approval_needed', request });

  // The commands do what the lines say.
  const wordsOf = (line: string) =>
    line
      .replace(/^.*steward /, '')
      .replace('TEXT', 'right')
      .split(' ');
  expect(await steward('ann', ...wordsOf(approve))).toMatchObject({ code: 0, stderr: '' });
  expect(await steward('admin', ...wordsOf(run))).toMatchObject({ code: 0, stderr: '' });
  expect((await as('admin', 'listRoles')).stdout).toContain('readers');
  await own.stop();
});

describe('steward sudo', () => {
  it('shows what would change, and does exactly that, once', async () => {
    const dry = await sudo('addAdmin', 'lolcats', '--role', 'readOnly', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(
      /^roster\/roster\n {2}\+ admins\[lolcats\]:\n {6}principal: lolcats\n {6}role: readOnly\n/,
    );
    const [, plan = ''] = /^plan ([0-9a-f]{64})$/m.exec(dry.stdout) ?? [];
    expect((await sudo('listAdmins')).stdout).toBe('admin\n');

    const words = ['addAdmin', 'lolcats', '--role', 'readOnly', '--plan', plan, '--reason', 'on call', '--json'];
    const done = await sudo(...words, '--idempotency-key', 'one');
    const again = await sudo(...words, '--idempotency-key', 'one');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(done.stdout)).toEqual({
      result: null,
      receipt: expect.objectContaining({ record: expect.any(String) }),
    });
    expect(again.stdout).toBe(done.stdout);
    expect((await sudo('listAdmins')).stdout).toBe('admin\nlolcats\n');
    const stale = await sudo('removeAdmin', 'lolcats', '--plan', plan);
    expect(stale).toMatchObject({ code: 5, stderr: expect.stringContaining('(plan_stale)') });
    // Also as a process of its own.
    const alone = await runSteward(['sudo', 'removeAdmin', 'lolcats', '--yes'], service.folder, environment());
    expect(alone).toEqual({ code: 0, stdout: 'Done.\n', stderr: '' });
    const refused = await runSteward(['sudo', 'removeAdmin', 'admin', '--yes'], service.folder, environment());
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('(protected_admin)') });
  });

  it('reads a secret from the standard input, so that it is in no list of processes', async () => {
    const file = join(service.folder, 'secret');
    await writeFile(file, 'canary of the input\nanother line\n');
    const words = ['sudo', 'auditHash', '--json', '--value'];
    const fromInput = await runSteward([...words, '-'], service.folder, environment(), file);
    expect(fromInput).toMatchObject({ code: 0, stderr: '' });
    const given = await runWarm([...words, 'canary of the input'], service.folder, environment());
    expect(JSON.parse(fromInput.stdout).result).toEqual(JSON.parse(given.stdout).result);
    const none = await runSteward([...words, '-'], service.folder, environment());
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no value on the standard input') });
  });

  it('does not repeat parameters that it cannot read, which may have secrets', async () => {
    const { stderr } = await sudo('setPassword', 'ann', '--params', '{"password": "canary"');
    expect(stderr).toContain('--params must be JSON');
    expect(stderr).not.toContain('canary');
  });

  it('acts as a user, which is recorded with the reason', async () => {
    const made = await sudo('createWorkspace', '--as', 'ann', '--workspace', 'genomes', '--reason', 'asked by mail');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('genomes') });
    const { stdout } = await runWarm(
      ['audit', '--command', 'createWorkspace', '--json'],
      service.folder,
      environment(),
    );
    expect(JSON.parse(stdout)).toMatchObject({ subject: { name: 'ann' }, reason: 'asked by mail', outcome: 'success' });
  });

  it('sends parameters of a command as a user, even if none is given', async () => {
    await service.call('ann', 'Workspace.create_workspace', [{ workspace: 'ann:mine' }]);
    const listed = await sudo('listWorkspaces', '--as', 'ann');
    expect(listed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('ann:mine') });
  });

  it('keeps the lines of a text, and lets nothing control the terminal', async () => {
    const description = 'one\n\ttwo\r\nthree\u001b[2J\u202eevil\u2066\u0085\rfour';
    await service.call('ann', 'Workspace.create_workspace', [{ workspace: 'ann:told', description }]);
    const told = await sudo('getWorkspaceDescription', '--workspace', 'ann:told');
    expect(told.stdout).toBe('one\n\ttwo\nthree\\u001b[2J\\u202eevil\\u2066\\u0085\\u000dfour\n');
    const json = await sudo('getWorkspaceDescription', '--workspace', 'ann:told', '--json');
    expect(JSON.parse(json.stdout).result).toBe(description);
    expect(json.stdout).not.toMatch(/[\u202e\u2066\u0085]/);
    const refused = await sudo('getWorkspaceInfo', '--workspace', 'no\nsuch\u202e');
    expect(refused.stderr).toMatch(/^steward: .*no\n {2}such\\u202e/);
    expect(refused.stderr).not.toContain('\u202e');
  });

  it('shows lists of objects as columns', async () => {
    const { stdout } = await sudo('listAdmins', '--detail');
    expect(stdout.split('\n')[0]).toMatch(/^user +id +role +source/);
    expect(stdout.split('\n')[1]).toMatch(/^admin +admin +full +config/);
  });

  it.each([
    ['a refusal', 3, ['removeAdmin', 'admin', '--yes'], 'protected_admin'],
    ['a user who is not there', 4, ['addAdmin', 'nobody'], 'user_unknown'],
    ['parameters that are wrong', 2, ['addAdmin', 'ann', '--expires', '2026-99-99T00:00:00Z'], 'invalid_params'],
    ['a state that does not allow it', 5, ['addUser', 'ann'], 'username_taken'],
  ] as const)(
    'reports %s with its reason, advice, the request id, and its own exit status',
    async (_, code, words, reason) => {
      const shown = await sudo(...words);
      expect(shown).toMatchObject({ code, stdout: '' });
      expect(shown.stderr).toMatch(
        new RegExp(`^steward: .+ \\(${reason}\\)\\n[A-Z].+\\.\\n(?:  steward .+\\n)*Request [0-9a-f-]{36}\\n$`),
      );
      const json = await sudo(...words, '--json');
      expect(json).toMatchObject({ code, stdout: '' });
      expect(JSON.parse(json.stderr)).toMatchObject({
        error: { message: expect.any(String), reason, requestId: expect.any(String), advice: expect.any(String) },
      });
    },
  );

  it.each([
    ['no user', ['addAdmin'], "missing required argument 'user'"],
    ['nobody to act as', ['createWorkspace', '--workspace', 'x'], "required option '--as <user>' not specified"],
    ['an option nobody knows', ['listAdmins', '--detial'], "unknown option '--detial'"],
    ['a command nobody knows', ['addAdmim', 'ann'], "unknown command 'addAdmim'"],
    ['a value that cannot be', ['addAdmin', 'ann', '--role', 'half'], 'Allowed choices are full, readOnly'],
    ['a number that is none', ['listUsers', '--limit', 'many'], '--limit must be a number (was: many)'],
    ['a limit that is misspelt', ['addAdmin', 'ann', '--params', '{"expire": 1}'], 'addAdmin has no parameter expire'],
    ['parameters that are none', ['addAdmin', 'ann', '--params', '[]'], '--params must be a JSON object'],
    ['JSON that is none', ['addUser', 'x', '--params', '{'], '--params must be JSON'],
  ] as const)('reports a command line with %s, and sends nothing', async (_, words, sentence) => {
    const shown = await sudo(...words);
    expect(shown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
    const json = await sudo(...words, '--json');
    expect(JSON.parse(json.stderr)).toEqual({ error: { message: expect.stringContaining(sentence), reason: 'usage' } });
    expect(json.code).toBe(2);
  });

  it('reports a service that is not reached, a refused token, and a server that is not Steward', async () => {
    const at = (STEWARD_SERVER: string, STEWARD_TOKEN = token) =>
      runWarm(['sudo', 'listAdmins'], service.folder, { STEWARD_SERVER, STEWARD_TOKEN });
    expect(await at('http://127.0.0.1:1')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('was not reached'),
    });
    expect(await at(service.url, 'no token')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('(token_invalid)'),
    });
    expect(await at('ftp://127.0.0.1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('http or https URL'),
    });
  });
});

describe('the address of the service and the token', () => {
  const config = () => join(service.folder, 'steward', 'config.json');
  const write = async (content: string, mode = 0o600) => {
    await mkdir(join(service.folder, 'steward'), { recursive: true });
    await writeFile(config(), content);
    await chmod(config(), mode);
  };
  const listAdmins = (env: Record<string, string> = {}, ...words: string[]) =>
    runWarm(['sudo', 'listAdmins', ...words], service.folder, { XDG_CONFIG_HOME: service.folder, ...env });

  it('are read from the options, or else the environment, or else the file', async () => {
    await write(JSON.stringify({ server: service.url, token }));
    expect(await listAdmins()).toMatchObject({ code: 0, stdout: 'admin\n' });
    expect(await listAdmins({ STEWARD_TOKEN: 'no token' })).toMatchObject({ code: 3 });
    expect(await listAdmins({ STEWARD_TOKEN: 'no token' }, '--token', token)).toMatchObject({ code: 0 });
    expect(await listAdmins({ STEWARD_SERVER: 'http://127.0.0.1:1' })).toMatchObject({ code: 6 });
    expect(await listAdmins({ STEWARD_SERVER: 'http://127.0.0.1:1' }, '--server', service.url)).toMatchObject({
      code: 0,
    });
  });

  it('are read from ~/.config without XDG_CONFIG_HOME', async () => {
    await mkdir(join(service.folder, 'home', '.config', 'steward'), { recursive: true });
    const file = join(service.folder, 'home', '.config', 'steward', 'config.json');
    await writeFile(file, JSON.stringify({ server: service.url, token }), { mode: 0o600 });
    expect(await listAdmins({ HOME: join(service.folder, 'home'), XDG_CONFIG_HOME: '' })).toMatchObject({ code: 0 });
  });

  it('are not read from a file with a token that others can read', async () => {
    await write(JSON.stringify({ server: service.url, token }), 0o640);
    const refused = await listAdmins();
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(`steward: ${config()} holds a token that others can read: run chmod 600 ${config()}\n`);
    await write(JSON.stringify({ server: service.url }), 0o644);
    expect(await listAdmins({ STEWARD_TOKEN: token })).toMatchObject({ code: 0 });
  });

  it('are asked for in a message if they are missing or invalid', async () => {
    await write('{"token": 5}');
    expect(await listAdmins()).toMatchObject({ code: 2, stderr: expect.stringContaining('must be a JSON object') });
    await write('null');
    expect(await listAdmins()).toMatchObject({ code: 2, stderr: expect.stringContaining('must be a JSON object') });
    await write('{}');
    expect(await listAdmins()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^steward: no token: run steward login, set STEWARD_TOKEN/),
    });
  });
});
