import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LONG } from '../support/long.ts';
import { onSharedMongod, type Running, runSteward, startRunning } from '../support/running.ts';
import { serviceFolder, withOwnMongod, withSharedDatabase } from '../support/service.ts';
import { books, booksOfStopped } from './books.ts';
import { ADMINS, type Attempt, expectNothingLost, FEW_CLIENTS, load, repeatUnanswered } from './load.ts';

const PATIENCE = { timeout: 120_000, interval: 100 };
const WORKERS = { STEWARD_SERVER_WORKERS: '2', STEWARD_WORKER_TIMEOUT_SECONDS: '10' };
const KILLS = LONG ? 2 : 1;
const CLIENTS = LONG ? undefined : FEW_CLIENTS;
const POLICY = 'policy.yaml';

let folder: Awaited<ReturnType<typeof serviceFolder>>;
let service: Running;
beforeAll(async () => {
  folder = await serviceFolder();
  await writeFile(join(folder.path, POLICY), 'rules: []\n');
  service = await startRunning(folder.path, { ...WORKERS, STEWARD_POLICY_FILE: POLICY });
  await whenAllRun();
});
afterAll(() => folder[Symbol.asyncDispose]());

const health = async () => (await (await fetch(`${service.url}/healthz`)).json()) as unknown;
const whenAllRun = () =>
  vi
    .waitFor(
      async () => expect(await health()).toEqual({ status: 'ok', workers: { configured: 2, running: 2 } }),
      PATIENCE,
    )
    .catch((cause: unknown) => {
      throw new Error(`the workers do not all run: ${service.stderr().slice(-4_000)}`, { cause });
    });

/** The processes that the service has started as workers. */
async function workerPids(): Promise<number[]> {
  const { pid } = service.process;
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const commands = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')),
  );
  return children.filter((_, i) => commands[i]?.includes('serve-worker')).map(Number);
}

/** The CPU time that a process has spent, in ticks. */
async function cpuTicks(pid = 0): Promise<number> {
  const [user, system] = (await readFile(`/proc/${pid}/stat`, 'utf8'))
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13);
  return Number(user) + Number(system);
}

/** Calls over one connection, which one worker answers. */
function connect() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const administer = (user: string, command: object) =>
    new Promise<{ readonly status: number }>((resolve, reject) => {
      const body = JSON.stringify({ version: '1.1', method: 'administer', params: [command], id: '1' });
      const headers = { authorization: service.tokenOf(user) };
      const sent = request(service.url, { method: 'POST', agent, headers }, async (response) => {
        await json(response);
        resolve({ status: response.statusCode ?? 0 });
      });
      sent.once('error', reject).end(body);
    });
  return { administer, close: () => agent.destroy() };
}

/** The number of the worker that answered this user, who calls nothing else, by the log. */
const workerOf = (user: string) =>
  vi.waitFor(() => {
    const line = service
      .stderr()
      .split('\n')
      .find((entry) => entry.includes(`"actor":"${user}"`));
    expect(line).toBeDefined();
    return (JSON.parse(line ?? '') as { readonly worker: number }).worker;
  }, PATIENCE);

/** Connections to two different workers. */
async function connectToBoth() {
  const first = connect();
  await first.administer('first', { command: 'listAdmins' });
  for (let i = 0; ; i += 1) {
    const other = connect();
    await other.administer(`other${i}`, { command: 'listAdmins' });
    if ((await workerOf(`other${i}`)) !== (await workerOf('first'))) return { first, other };
    other.close();
  }
}

const metric = async (name: string) => {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
};

/** Until all workers run, and so many were started again since the service began. */
async function whenRestarted(restarts: number): Promise<void> {
  await vi.waitFor(async () => expect(await metric('steward_worker_restarts_total')).toBe(restarts), PATIENCE);
  await whenAllRun();
}

it('workers share the port and one embedded MongoDB, and each is an instance of its own', async () => {
  const pids = await workerPids();
  expect(pids).toHaveLength(2);
  const registered = await withOwnMongod(service, (client) =>
    client.db('steward').collection('instances').find().toArray(),
  );
  expect(registered.map(({ pid }) => pid).sort()).toEqual(pids.sort());
  expect(await metric('steward_workers')).toBe(2);
});

it('a right that is withdrawn through one worker is gone in the other within a second', async () => {
  const { first, other } = await connectToBoth();
  await first.administer('admin', { command: 'addUser', user: 'eve' });
  for (let round = 0; round < (LONG ? 3 : 1); round += 1) {
    await first.administer('admin', { command: 'addAdmin', user: 'eve' });
    await vi.waitFor(
      async () => expect((await other.administer('eve', { command: 'listAdmins' })).status).toBe(200),
      PATIENCE,
    );
    expect((await first.administer('admin', { command: 'removeAdmin', user: 'eve' })).status).toBe(200);
    const withdrawnAt = performance.now();
    for (;;) {
      const calledAt = performance.now();
      const { status } = await other.administer('eve', { command: 'listAdmins' });
      if (status !== 200) break;
      expect(calledAt - withdrawnAt).toBeLessThan(1_000);
    }
  }
  for (const connection of [first, other]) connection.close();
});

it('every worker reads the policy file again on SIGHUP', async () => {
  await writeFile(join(folder.path, POLICY), 'rules: [] # changed\n');
  service.process.kill('SIGHUP');
  const loaded = () =>
    service
      .stderr()
      .split('\n')
      .filter((line) => line.includes('the policy file was loaded again'));
  await vi.waitFor(() => {
    const workers = loaded().map((line) => (JSON.parse(line) as { readonly worker: number }).worker);
    expect(workers.sort()).toEqual([1, 2]);
  }, PATIENCE);
  expect(await health()).toMatchObject({ workers: { running: 2 } });
});

it.runIf(LONG)(
  'a service on a port that it chose itself answers there again when its last worker dies while another one starts',
  async () => {
    const [first = 0, last = 0] = await workerPids();
    const mongod = await service.mongodPid();
    process.kill(mongod, 'SIGSTOP');
    try {
      process.kill(first, 'SIGKILL');
      // It stands still before it listens.
      await vi.waitFor(async () => {
        const starting = (await workerPids()).find((pid) => ![first, last].includes(pid));
        const spent = await cpuTicks(starting);
        expect(spent).toBeGreaterThan(0);
        await sleep(500);
        expect(await cpuTicks(starting)).toBe(spent);
      }, PATIENCE);
      process.kill(last, 'SIGKILL');
      await vi.waitFor(async () => expect(await workerPids()).not.toContain(last), PATIENCE);
    } finally {
      process.kill(mongod, 'SIGCONT');
    }
    await whenAllRun();
  },
);

/** What was called under load, and what came of it. */
const attempts: Attempt[] = [];

it('a worker that is killed under load is started again', async () => {
  const restarts = await metric('steward_worker_restarts_total');
  for (const user of ADMINS) await service.administer('admin', { command: 'addUser', user });
  for (let round = 0; round < KILLS; round += 1) {
    const before = await metric('steward_requests_total');
    const made = load(service, round, CLIENTS);
    await made.answered(20);
    const [victim = 0] = await workerPids();
    process.kill(victim, 'SIGKILL');
    await whenRestarted(restarts + round + 1);
    expect(await workerPids()).not.toContain(victim);
    attempts.push(...(await made.stop()));
    attempts.push(...(await repeatUnanswered(service, attempts)));
    expect(await metric('steward_requests_total')).toBeGreaterThan(before);
  }
  expect(service.stderr()).toMatch(/worker \d \(process \d+\) ended by SIGKILL; starting it again/);
});

/** The status of a request on a connection of its own, or `closed`. */
const askAlone = () =>
  new Promise<number | 'closed' | undefined>((resolve) => {
    const asked = request(`${service.url}/healthz`, { agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asked.once('error', () => resolve('closed')).end();
  });

it('a worker that does not respond is killed, its connections are closed, and another one takes its place', async () => {
  const [victim = 0, other = 0] = await workerPids();
  const [hangs, restarts] = [await metric('steward_worker_hangs_total'), await metric('steward_worker_restarts_total')];
  process.kill(victim, 'SIGSTOP');
  // One of them is handed to the worker that stands still.
  const asked = Array.from({ length: 6 }, askAlone);
  expect(await Promise.race(asked)).toBe(200);
  expect((await Promise.all(asked)).toSorted()).toEqual([200, 200, 200, 200, 200, 'closed']);
  await vi.waitFor(async () => expect(await workerPids()).not.toContain(victim), PATIENCE);
  await whenRestarted(restarts + 1);
  expect(await workerPids()).toContain(other);
  expect(await metric('steward_worker_hangs_total')).toBe(hangs + 1);
  expect(service.stderr()).toMatch(
    new RegExp(`worker \\d \\(process ${victim}\\) hangs: it has not responded for 10 s, and is killed`),
  );
});

it.runIf(LONG)(
  'a service on a port that it chose itself answers there again when all of its workers have died',
  async () => {
    for (const pid of await workerPids()) process.kill(pid, 'SIGKILL');
    await whenAllRun();
  },
);

it('no answered call is lost when a worker is killed under load, or at the end of the service', async () => {
  const [mongod, pids, made] = [await service.mongodPid(), await workerPids(), load(service, KILLS, CLIENTS)];
  await made.answered(20);
  expect(await service.end('SIGTERM')).toBe(0);
  attempts.push(...(await made.stop()));
  for (const pid of [mongod, ...pids]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');

  if (LONG) {
    service = await startRunning(folder.path, WORKERS);
    await whenAllRun();
    attempts.push(...(await repeatUnanswered(service, attempts)));
  }
  expectNothingLost(attempts, await (LONG ? books(service) : booksOfStopped(service)));
}, 240_000);

it.runIf(LONG)('a second signal ends the workers at once', async () => {
  await whenAllRun();
  const pids = await workerPids();
  // A worker that stands still would be waited for.
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  service.process.kill('SIGTERM');
  await vi.waitFor(() => expect(service.stderr()).toContain('"stopping"'), PATIENCE);
  expect(await service.end('SIGTERM')).toBe(130);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  const running = () => pids.filter((pid) => isAlive(pid));
  await vi.waitFor(() => expect(running()).toEqual([]), PATIENCE);
});

it.runIf(LONG)('a service whose port is taken says so once, and ends', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const shared = onSharedMongod();
  const env = { ...shared, ...WORKERS, STEWARD_PORT: String(port) };
  const { code, stdout, stderr } = await runSteward(['serve'], folder.path, env);
  taken.close();
  await withSharedDatabase(shared, (db) => db.dropDatabase());
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.match(/^steward: .*EADDRINUSE.*$/gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^ +at /m);
});

it('a worker is not started by hand', async () => {
  const { code, stderr } = await runSteward(['serve-worker'], folder.path);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'steward: A worker is started by the service itself: set server-workers, and run steward serve.\n',
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
