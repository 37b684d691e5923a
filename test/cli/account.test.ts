import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onSharedMongod, type Running, runSteward, runWarm, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

let folder: Awaited<ReturnType<typeof serviceFolder>>;
let service: Running;
let home = '';
let homes = 0;

beforeAll(async () => {
  folder = await serviceFolder();
  service = await startRunning(folder.path, onSharedMongod());
  await service.administer('admin', { command: 'addUser', user: 'ann' });
});
afterAll(async () => {
  await service.end('SIGTERM');
  await folder[Symbol.asyncDispose]();
});
beforeEach(async () => {
  home = join(folder.path, `home${homes++}`);
  await mkdir(home);
});

const environment = () => ({ XDG_CONFIG_HOME: home });
const steward = (...words: string[]) => runWarm(words, folder.path, environment());
const file = (name: string) => join(home, 'steward', name);

/** Logs in with the token on the standard input. */
async function loggedIn(token: string, ...words: string[]) {
  const input = join(home, 'token');
  await writeFile(input, `${token}\n`);
  return runSteward(['login', '--server', service.url, ...words], folder.path, environment(), input);
}

describe('steward login', () => {
  it('keeps a token that the service accepts, in a file that only its owner can read', async () => {
    const { code, stdout } = await loggedIn(service.tokenOf('admin'));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Logged in to ${service.url} as admin (full), with the profile default.\n`,
    });
    expect((await stat(file('config.json'))).mode & 0o777).toBe(0o600);
    expect(await steward('sudo', 'listAdmins')).toMatchObject({ code: 0, stdout: 'admin\n' });
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

it('steward whoami shows the server, the user and their rights', async () => {
  await loggedIn(service.tokenOf('admin'));
  const { stdout } = await steward('whoami', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ server: service.url, profile: 'default', user: 'admin', role: 'full' });
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
      (await runWarm(['sudo', 'listAdmins', ...words], folder.path, env)).code;
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
