import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ClientOptions, StewardCallError, StewardClient } from '../../src/client/client.ts';
import { MISBEHAVIOURS, type Outcome, startMisbehaving } from './misbehaving.ts';

const python = fileURLToPath(new URL('../../src/client/python', import.meta.url));
const script = fileURLToPath(new URL('misbehaving.py', import.meta.url));

const outcomes = Object.fromEntries(Object.entries(MISBEHAVIOURS).map(([name, { outcome }]) => [name, outcome]));
const LIMITS = { timeoutMs: 500, maxBytes: 1_000_000 };

/** What this call comes to for the client in TypeScript. */
async function outcomeOf(call: Promise<unknown>): Promise<Outcome | unknown> {
  return call.then(
    (answer) => answer,
    (error) => {
      if (!(error instanceof StewardCallError)) throw error;
      return [error.name.replace('Error', ''), error.reason];
    },
  );
}

const client = (url: string, options: Partial<ClientOptions> = {}) =>
  new StewardClient({ url, token: 'token', ...LIMITS, ...options });

describe('a server that misbehaves', () => {
  it.each(Object.keys(MISBEHAVIOURS))('which %s is told apart', async (name) => {
    await using server = await startMisbehaving();
    expect(await outcomeOf(client(server.at(name)).administer.listAdmins())).toEqual(outcomes[name]);
    expect(server.requests.map(({ url }) => url)).toEqual([`/${encodeURIComponent(name)}`]);
  });

  it('comes to the same in Python', async () => {
    await using server = await startMisbehaving();
    const names = Object.keys(MISBEHAVIOURS);
    const { stdout } = await promisify(execFile)('python3', [script, server.url, ...names], {
      env: { ...process.env, PYTHONPATH: python, PYTHONDONTWRITEBYTECODE: '1', no_proxy: '*' },
    });
    expect(JSON.parse(stdout)).toEqual({
      ...outcomes,
      'is down': ['Connection', 'connection'],
      'is busy, and the call has a key': ['Workspace.administer', 'token'],
      'is busy, and the call has none': ['Busy', 'conflict_busy'],
      'is away for a moment, and the call has a key': ['Workspace.administer', 'token'],
      'gets the token from a function, for each call': ['1', '2'],
      'has no token': ['Workspace.ver', null],
      'cannot get a token': 'no token today',
      'is called at once by many': 32,
      'is asked what there is': 'rpc.discover',
    });
    expect(server.requests.map(({ url }) => url)).not.toContain('/followed');
  });

  it('which is down is told apart', async () => {
    await using server = await startMisbehaving();
    await server.stop();
    expect(await outcomeOf(client(server.url).methods.ver())).toEqual(['Connection', 'connection']);
  });
});

describe('a call', () => {
  it.each(['busy', 'away'])('with an idempotency key is repeated while the service is %s', async (path) => {
    await using server = await startMisbehaving();
    const { administer } = client(server.at(path));
    const answer = await administer.addAdmin({ user: 'ann' }, { idempotencyKey: 'key' });
    expect(answer.result).toEqual(['Workspace.administer', 'token']);
    expect(server.requests).toHaveLength(3);
  });

  it('without one is never repeated, a read no more than a write', async () => {
    await using server = await startMisbehaving();
    const { administer, methods } = client(server.at('busy'));
    expect(await outcomeOf(administer.addAdmin({ user: 'ann' }))).toEqual(['Busy', 'conflict_busy']);
    expect(await outcomeOf(methods.list_workspace_info({}))).toEqual(['Busy', 'conflict_busy']);
    expect(server.requests).toHaveLength(2);
  });

  it('is repeated no more often than is said', async () => {
    await using server = await startMisbehaving();
    const { administer } = client(server.at('busy'), { retries: 1 });
    const repeated = administer.addAdmin({ user: 'ann' }, { idempotencyKey: 'key' });
    expect(await outcomeOf(repeated)).toEqual(['Busy', 'conflict_busy']);
    expect(server.requests).toHaveLength(2);
  });

  it('is given up when its signal says so: before it, within it, and between two tries', async () => {
    await using server = await startMisbehaving();
    const given = async (path: string, signal: AbortSignal) =>
      outcomeOf(
        client(server.at(path), { timeoutMs: 60_000 }).administer.addAdmin(
          { user: 'ann' },
          { signal, idempotencyKey: 'key' },
        ),
      );
    expect(await given('never answers', AbortSignal.abort())).toEqual(['Connection', 'aborted']);
    expect(server.requests).toHaveLength(0);
    expect(await given('never answers', AbortSignal.timeout(50))).toEqual(['Connection', 'aborted']);
    expect(await given('is a proxy with nothing behind it', AbortSignal.timeout(50))).toEqual([
      'Connection',
      'aborted',
    ]);
  });

  it('has a time of its own where one is said', async () => {
    await using server = await startMisbehaving();
    const patient = client(server.at('never answers'), { timeoutMs: 600_000 });
    expect(await outcomeOf(patient.methods.ver(null, { timeoutMs: 50 }))).toEqual(['Connection', 'timeout']);
  });

  it('asks the function for a token each time, and fails as that fails', async () => {
    await using server = await startMisbehaving();
    let n = 0;
    const { methods } = client(server.url, { token: async () => String(++n) });
    expect((await methods.ver()).result).toEqual(['Workspace.ver', '1']);
    expect((await methods.ver()).result).toEqual(['Workspace.ver', '2']);
    const failing = client(server.url, { token: () => Promise.reject(new Error('no token today')) });
    await expect(failing.methods.ver()).rejects.toThrow('no token today');
    expect(server.requests).toHaveLength(2);
  });

  it('gets its own answer when many are made at once', async () => {
    await using server = await startMisbehaving();
    const steward = client(server.url);
    const names = Array.from({ length: 50 }, (_, n) => `method_${n}`);
    const answers = await Promise.all(names.map((name) => steward.call(`Workspace.${name}`)));
    expect(answers.map(({ result }) => result)).toEqual(names.map((name) => [`Workspace.${name}`, 'token']));
  });

  it('goes to a URL, and a client without one is not made', () => {
    expect(() => new StewardClient({ url: 'not a url' })).toThrow(TypeError);
  });
});
