import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { codeOf } from '../support/proofs.ts';
import { runSteward, runWarm } from '../support/running.ts';
import { onTerminal } from '../support/terminal.ts';

const PASSWORD = 'correct horse battery staple';

let service: HostedService;
let home = '';
let homes = 0;

beforeAll(async () => {
  service = await startHosted();
  await service.administer('admin', { command: 'addUser', user: 'ann' });
  await service.administer('admin', { command: 'createStaff', params: { username: 'stan', password: PASSWORD } });
  await service.administer('admin', { command: 'addAdmin', user: 'stan' });
});
afterAll(async () => {
  await service.stop();
});
beforeEach(async () => {
  home = join(service.folder, `home${homes++}`);
  await mkdir(home);
});

const environment = () => ({ XDG_CONFIG_HOME: home });
const steward = (...words: string[]) => runWarm(words, service.folder, environment());
const file = (name: string) => join(home, 'steward', name);

/** Logs in with the token on the standard input. */
async function loggedIn(token: string, ...words: string[]) {
  return runWarm(
    ['login', '--server', service.url, ...words],
    service.folder,
    environment(),
    await fileWithToken(token),
  );
}

async function fileWithToken(token: string): Promise<string> {
  const path = join(home, 'token');
  await writeFile(path, `${token}\n`);
  return path;
}

describe('steward login', () => {
  it('keeps a token that the service accepts, in a file that only its owner can read', async () => {
    const input = await fileWithToken(service.tokenOf('admin'));
    // As a process of its own.
    const words = ['login', '--server', service.url];
    const { code, stdout } = await runSteward(words, service.folder, environment(), input);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Logged in to ${service.url} as admin (full), with the profile default.\n`,
    });
    expect((await stat(file('config.json'))).mode & 0o777).toBe(0o600);
    expect(await steward('sudo', 'listAdmins')).toMatchObject({ code: 0, stdout: 'admin\nstan\n' });
  });

  it('keeps no token that the service refuses', async () => {
    expect(await loggedIn('not a token')).toMatchObject({ code: 3, stdout: '' });
    await expect(stat(file('config.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('narrows the mode of a file that others could read', async () => {
    await mkdir(join(home, 'steward'));
    await writeFile(file('config.json'), '{"server": "http://127.0.0.1:1"}', { mode: 0o644 });
    expect(await loggedIn(service.tokenOf('admin'))).toMatchObject({ code: 0 });
    expect((await stat(file('config.json'))).mode & 0o777).toBe(0o600);
  });
});

describe('steward login --user', () => {
  const LOGIN = ['login', '--user', 'stan', '--server'];
  const login = (...words: string[]) => steward(...LOGIN, service.url, ...words);
  const keptToken = async () => JSON.parse(await readFile(file('config.json'), 'utf8')).token as string;
  /** A file with these lines. */
  async function fileWith(lines: readonly string[], mode = 0o600): Promise<string> {
    const path = join(home, 'password');
    await writeFile(path, `${lines.join('\n')}\n`, { mode });
    return path;
  }

  it('signs in with the password on the standard input, and logout ends the session', async () => {
    const input = await fileWith([PASSWORD]);
    const { code, stdout } = await runSteward([...LOGIN, service.url], service.folder, environment(), input);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Logged in to ${service.url} as stan (full), with the profile default.\n`,
    });
    expect((await stat(file('config.json'))).mode & 0o777).toBe(0o600);
    const token = await keptToken();
    expect((await steward('whoami', '--json')).stdout).toContain('"user": "stan"');
    expect(await steward('user', 'sessions', 'stan')).toMatchObject({ stdout: expect.stringContaining('steward on ') });
    expect(await steward('logout')).toMatchObject({ code: 0, stdout: 'The profile default has no token now.\n' });
    const again = await steward('whoami', '--server', service.url, '--token', token);
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('steward login --user NAME') });
  });

  it('reads the password and the code from a file that only its owner can read', async () => {
    expect(await login('--password-file', await fileWith([PASSWORD], 0o644))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds a password that others can read'),
    });
    await chmod(join(home, 'password'), 0o600);
    expect(await login('--password-file', join(home, 'password'))).toMatchObject({ code: 0 });
    const token = await keptToken();
    const proof = await fileWith([PASSWORD]);
    const { stdout } = await steward('sudo', 'enrolTotp', '--proof-file', proof, '--token', token, '--json');
    const { secret } = JSON.parse(stdout).result as { secret: string };
    const confirmed = await fileWith([codeOf(secret)]);
    expect(await steward('sudo', 'confirmTotp', '--proof-file', confirmed, '--token', token)).toMatchObject({
      code: 0,
    });
    expect(await login('--password-file', await fileWith([PASSWORD]))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('its code is needed too (totp_required)'),
    });
    // The present code was used to confirm the app.
    const next = codeOf(secret, new Date(Date.now() + 30_000));
    expect(await login('--password-file', await fileWith([PASSWORD, next]))).toMatchObject({ code: 0 });
    expect(await service.administer('admin', { command: 'resetTotp', user: 'stan' })).toMatchObject({ status: 200 });
  });

  it('asks at a terminal, and shows nothing of what is typed', async () => {
    const { code, shown } = await onTerminal({
      words: ['login', '--server', service.url, '--user', 'stan'],
      env: environment(),
      answers: { 'password: ': PASSWORD },
      folder: service.folder,
    });
    expect({ code, shown }).toEqual({ code: 0, shown: expect.stringContaining('as stan (full)') });
    expect(shown).not.toContain(PASSWORD);
  });

  it('keeps nothing if the password is wrong', async () => {
    expect(await login('--password-file', await fileWith(['wrong']))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('login_refused'),
    });
    await expect(stat(file('config.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('removes the token even if the service is not reached, and says that the session goes on', async () => {
    await login('--password-file', await fileWith([PASSWORD]));
    await writeFile(file('config.json'), JSON.stringify({ server: 'http://127.0.0.1:1', token: await keptToken() }));
    expect(await steward('logout')).toMatchObject({
      code: 6,
      stdout: 'The profile default has no token now.\n',
      stderr: expect.stringContaining('The session has not been ended'),
    });
    expect(await readFile(file('config.json'), 'utf8')).not.toContain('token');
  });
});

it('steward logout removes the token, and says how to log in again', async () => {
  await loggedIn(service.tokenOf('admin'));
  expect(await steward('logout')).toMatchObject({ code: 0, stdout: 'The profile default has no token now.\n' });
  expect(await readFile(file('config.json'), 'utf8')).not.toContain('token');
  const { code, stderr } = await steward('whoami');
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'steward: no token: run steward login, set STEWARD_TOKEN, or give --token\n',
  });
});

describe('steward whoami', () => {
  it('shows the server, the user and their rights', async () => {
    await loggedIn(service.tokenOf('admin'));
    const { stdout } = await steward('whoami', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ server: service.url, profile: 'default', user: 'admin', role: 'full' });
  });

  it('answers somebody who is no administrator, too: their roles, and until when the token is valid', async () => {
    await service.administer('admin', { command: 'createRole', params: { name: 'students' } });
    await service.administer('admin', { command: 'addRoleMembers', params: { name: 'students', members: ['ann'] } });
    expect(await loggedIn(service.tokenOf('ann'))).toMatchObject({
      code: 0,
      stdout: `Logged in to ${service.url} as ann, who is no administrator, with the profile default.\n`,
    });
    const { code, stdout } = await steward('whoami');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^user +ann\n(.+\n)+role +none \(no administrator\)\nmember of +students\ntoken expires +\d{4}-/m,
      ),
    });
    const json = JSON.parse((await steward('whoami', '--json')).stdout);
    expect(json).toMatchObject({ user: 'ann', role: 'none', memberOf: ['students'] });
    expect(Date.parse(json.tokenExpires)).toBeGreaterThan(Date.now());
  });
});

it('a token that cannot be one is not repeated, and one with a line break after it is accepted', async () => {
  const [whole, broken] = [`${service.tokenOf('ann')}\n`, 'secret-part\nof-a-token'];
  expect(await steward('whoami', '--server', service.url, '--token', whole)).toMatchObject({ code: 0 });
  expect(await steward('whoami', '--server', service.url, '--token', broken)).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: 'steward: the token has characters that no token has: it must be one line of letters, digits and signs\n',
  });
});

describe('profiles', () => {
  it('keep several servers and users apart', async () => {
    await loggedIn(service.tokenOf('admin'));
    await loggedIn(service.tokenOf('ann'), '--profile', 'ann');
    const statusOf = async (...words: string[]) => (await steward('sudo', 'listAdmins', ...words)).code;
    expect([await statusOf(), await statusOf('--profile', 'ann')]).toEqual([0, 3]);
    expect(await steward('config', 'use', 'ann')).toMatchObject({ code: 0 });
    expect([await statusOf(), await statusOf('--profile', 'default')]).toEqual([3, 0]);
    const { stdout } = await steward('config', 'list');
    expect(stdout).toMatch(/^\* +ann +http/m);
    expect(stdout).toMatch(/^ +default +http/m);
  });

  it('serve a batch, which names its profile for when it is resumed', async () => {
    await loggedIn(service.tokenOf('admin'), '--profile', 'boss');
    const lines = join(home, 'batch');
    await writeFile(lines, 'listAdmins\n');
    const { code, stdout, stderr } = await steward('sudo', '--batch', lines, '--profile', 'boss');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 of 1 done') });
    expect(stderr).toContain('--profile boss --resume ');
    await writeFile(lines, 'listAdmins --profile boss\n');
    const { stderr: refused } = await steward('sudo', '--batch', lines, '--profile', 'boss');
    expect(refused).toContain('line 1: profile belongs to the whole batch');
  });

  it('win over the variables when an option names them', async () => {
    await loggedIn(service.tokenOf('admin'));
    const env = { ...environment(), STEWARD_TOKEN: 'not a token', STEWARD_SERVER: 'http://127.0.0.1:1' };
    const statusOf = async (...words: string[]) =>
      (await runWarm(['sudo', 'listAdmins', ...words], service.folder, env)).code;
    expect([await statusOf(), await statusOf('--profile', 'default')]).toEqual([6, 0]);
  });

  it('do not keep the token when they are made to point elsewhere', async () => {
    await loggedIn(service.tokenOf('admin'));
    expect(await steward('config', 'set', 'server', 'https://elsewhere.example.org')).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(file('config.json'), 'utf8'))).toEqual({
      server: 'https://elsewhere.example.org',
    });
    expect((await steward('config', 'get', 'server')).stdout).toBe('https://elsewhere.example.org\n');
  });

  it.each([
    [['config', 'use', 'missing'], 'there is no profile missing'],
    [['config', 'use', '../x'], 'a profile is named by letters'],
    [['config', 'get', 'token'], 'a token is never shown'],
    [['config', 'set', 'server', 'ftp://x'], 'http or https URL'],
  ])('refuse what cannot be: %j', async (words, sentence) => {
    expect(await steward(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
  });
});
