import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ClientOptions, StewardCallError, StewardClient } from '../../src/client/client.ts';
import { MISBEHAVIOURS, type Outcome, startMisbehaving } from './misbehaving.ts';

const python = fileURLToPath(new URL('../../src/client/python', import.meta.url));
const script = fileURLToPath(new URL('misbehaving.py', import.meta.url));

const outcomes = Object.fromEntries(Object.entries(MISBEHAVIOURS).map(([name, { outcome }]) => [name, outcome]));
/** The timeout, which is short only where it must run out. */
const timeoutOf = (name: string) => (outcomes[name]?.[1] === 'timeout' ? 500 : 30_000);

/** The outcome of this call in the TypeScript client. */
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
  new StewardClient({ url, token: 'token', timeoutMs: 30_000, maxBytes: 1_000_000, ...options });

describe('a server that misbehaves', () => {
  it.each(Object.keys(MISBEHAVIOURS))('that %s is recognised', async (name) => {
    await using server = await startMisbehaving();
    const { administer } = client(server.at(name), { timeoutMs: timeoutOf(name), retries: 0 });
    expect(await outcomeOf(administer.listAdmins())).toEqual(outcomes[name]);
    expect(server.requests.map(({ url }) => url)).toEqual([`/${encodeURIComponent(name)}`]);
  });

  it('has the same outcome in Python', async () => {
    await using server = await startMisbehaving();
    const seconds = Object.keys(MISBEHAVIOURS).map((name) => [name, timeoutOf(name) / 1_000]);
    const { stdout } = await promisify(execFile)('python3', [script, server.url, JSON.stringify(seconds)], {
      env: { ...process.env, PYTHONPATH: python, PYTHONDONTWRITEBYTECODE: '1', no_proxy: '*' },
    });
    expect(JSON.parse(stdout)).toEqual({
      ...outcomes,
      'is down': ['Connection', 'connection'],
      'is busy, and the call has a key': ['Workspace.administer', 'token'],
      'is busy, and the call has none': ['Busy', 'conflict_busy'],
      'breaks connections, and the call only reads': [
        ['Workspace.administer', 'token'],
        ['Workspace.list_workspace_info', 'token'],
        ['Workspace.administer', 'token'],
      ],
      'breaks the connection, and the call writes': ['Connection', 'connection'],
      'is away for a moment, and the call has a key': ['Workspace.administer', 'token'],
      'gets the token from a function, for each call': ['1', '2'],
      'has no token': ['Workspace.ver', null],
      'cannot get a token': 'no token today',
      'is called at once by many': 32,
      'is asked what there is': 'rpc.discover',
    });
    expect(server.requests.map(({ url }) => url)).not.toContain('/followed');
  });

  it('that is down is recognised', async () => {
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

  it('that only reads is repeated when the connection broke', async () => {
    await using server = await startMisbehaving();
    const { administer, methods, dryRun } = client(server.at('breaks'));
    const calls = [
      () => administer.listAdmins(),
      () => methods.list_workspace_info({}),
      () => dryRun.addAdmin({ user: 'ann' }),
    ];
    for (const [i, call] of calls.entries()) {
      expect(await outcomeOf(call())).toMatchObject({ result: expect.arrayContaining(['token']) });
      expect(server.requests).toHaveLength(3 * (i + 1));
    }
  });

  it('that writes is not repeated when the connection broke, and none is when nothing listens', async () => {
    await using server = await startMisbehaving();
    const { administer, methods } = client(server.at('breaks'));
    expect(await outcomeOf(administer.addAdmin({ user: 'ann' }))).toEqual(['Connection', 'connection']);
    expect(await outcomeOf(methods.create_workspace({ workspace: 'a' }))).toEqual(['Connection', 'connection']);
    expect(server.requests).toHaveLength(2);
    await server.stop();
    let tokens = 0;
    const token = () => String(++tokens);
    const { administer: toNobody } = client(server.url, { token });
    expect(await outcomeOf(toNobody.listAdmins())).toEqual(['Connection', 'connection']);
    expect(tokens).toBe(1);
  });

  it('is never repeated without a key while the service is busy, whether it reads or writes', async () => {
    await using server = await startMisbehaving();
    const { administer, methods } = client(server.at('busy'));
    expect(await outcomeOf(administer.addAdmin({ user: 'ann' }))).toEqual(['Busy', 'conflict_busy']);
    expect(await outcomeOf(methods.list_workspace_info({}))).toEqual(['Busy', 'conflict_busy']);
    expect(server.requests).toHaveLength(2);
  });

  it('is repeated at most as often as configured', async () => {
    await using server = await startMisbehaving();
    const { administer } = client(server.at('busy'), { retries: 1 });
    const repeated = administer.addAdmin({ user: 'ann' }, { idempotencyKey: 'key' });
    expect(await outcomeOf(repeated)).toEqual(['Busy', 'conflict_busy']);
    expect(server.requests).toHaveLength(2);
  });

  it('is aborted by its signal before it, during it, and between two attempts', async () => {
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

  it('can have a timeout of its own', async () => {
    await using server = await startMisbehaving();
    const patient = client(server.at('never answers'), { timeoutMs: 600_000 });
    expect(await outcomeOf(patient.methods.ver(null, { timeoutMs: 50 }))).toEqual(['Connection', 'timeout']);
  });

  it('calls the token function each time, and fails if that fails', async () => {
    await using server = await startMisbehaving();
    let n = 0;
    const { methods } = client(server.url, { token: async () => String(++n) });
    expect((await methods.ver()).result).toEqual(['Workspace.ver', '1']);
    expect((await methods.ver()).result).toEqual(['Workspace.ver', '2']);
    const failing = client(server.url, { token: () => Promise.reject(new Error('no token today')) });
    await expect(failing.methods.ver()).rejects.toThrow('no token today');
    expect(server.requests).toHaveLength(2);
  });

  it('gets its own answer among many concurrent ones', async () => {
    await using server = await startMisbehaving();
    const steward = client(server.url);
    const names = Array.from({ length: 50 }, (_, n) => `method_${n}`);
    const answers = await Promise.all(names.map((name) => steward.call(`Workspace.${name}`)));
    expect(answers.map(({ result }) => result)).toEqual(names.map((name) => [`Workspace.${name}`, 'token']));
  });

  it('needs a client with a valid URL', () => {
    expect(() => new StewardClient({ url: 'not a url' })).toThrow(TypeError);
  });
});
