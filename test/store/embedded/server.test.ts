import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { isFailedWrite } from '../../../src/store/database.ts';
import { findMongod } from '../../../src/store/embedded/binary.ts';
import { socketEndpoint } from '../../../src/store/embedded/endpoint.ts';
import { openFolder } from '../../../src/store/embedded/folder.ts';
import { identifyingArgs, launch } from '../../../src/store/embedded/instance.ts';
import { identityOf, processesWith } from '../../../src/store/embedded/processes.ts';
import { formReplicaSet } from '../../../src/store/embedded/replicaSet.ts';
import { type EmbeddedMongod, type EmbeddedOptions, startEmbedded } from '../../../src/store/embedded/server.ts';
import { LONG } from '../../support/long.ts';
import { endScript, runScript, type Script } from './script.ts';

/** How often mongod is killed under writes. */
const KILLS = LONG ? 2 : 1;

let root: string;
let data: string;
let report: string[];
let running: EmbeddedMongod[];
let scripts: Script[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'steward-embedded-'));
  data = join(root, 'data');
  [report, running, scripts] = [[], [], []];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(scripts.map(endScript));
  for (const embedded of running) await embedded.stop();
  for (const pid of await mongods()) process.kill(pid, 'SIGKILL');
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedMongod> {
  const embedded = await startEmbedded({ dataDir: data, report: (line) => report.push(line), ...options });
  running.push(embedded);
  return embedded;
}

/** A process that starts the embedded MongoDB, says with which uri and mongod, and then does what the text says. */
function service(text = ''): Script {
  const script = runScript(
    { startEmbedded: 'store/embedded/server.js' },
    `const embedded = await startEmbedded({ dataDir: ${JSON.stringify(data)}, report: console.log });
    setInterval(() => {}, 1000);
    console.log('mongod ' + embedded.pid());
    ${text}
    console.log('uri ' + embedded.uri);`,
  );
  scripts.push(script);
  return script;
}

const mongods = () => processesWith(identifyingArgs(join(data, 'db')));

/** Works with a client of its own; once more where mongod closed the connection, which it does when it becomes primary. */
async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = new MongoClient(uri, { writeConcern: { w: 'majority' } });
    try {
      return await work(client);
    } catch (error) {
      if (!isFailedWrite(error) || attempt === 3) throw error;
    } finally {
      await client.close();
    }
  }
}

const insert = (uri: string, n: number) => withClient(uri, (client) => client.db('d').collection('c').insertOne({ n }));
const stored = (uri: string) =>
  withClient(uri, async (client) => {
    const documents = await client.db('d').collection('c').find().sort({ n: 1 }).toArray();
    return documents.map((document) => document.n);
  });

/** Changes the host in the stored configuration of the replica set. */
async function setHost(uri: string, host: string): Promise<void> {
  await withClient(`${uri}&retryWrites=false`, async (client) => {
    const config = client.db('local').collection('system.replset');
    await config.updateOne({}, { $set: { 'members.0.host': host }, $inc: { version: 1 } });
  });
}

describe('an embedded MongoDB, from its start to the next', () => {
  let own: string;
  let embedded: EmbeddedMongod;
  const said: string[] = [];
  const restarted = vi.fn();
  const begin = () =>
    startEmbedded({
      dataDir: join(own, 'data'),
      report: (line, level = 'info') => said.push(`${level} ${line}`),
      onRestart: restarted,
    });
  const servers = () => processesWith(identifyingArgs(join(own, 'data', 'db')));

  beforeAll(async () => {
    // With capital letters in the path, the socket would be elsewhere.
    own = join(tmpdir(), `steward-embedded-${randomUUID()}`);
    await mkdir(own);
    embedded = await begin();
  });
  afterAll(async () => {
    await embedded.stop();
    await rm(own, { recursive: true, force: true });
  });

  it('has its socket in the data folder, where only its user may enter', async () => {
    expect(embedded.host).toBe(join(own, 'data', 'run', 'mongod.sock'));
    expect((await stat(dirname(embedded.host))).mode & 0o777).toBe(0o700);
    expect((await stat(embedded.host)).mode & 0o077).toBe(0);
  });

  it('is a replica set with transactions', async () => {
    await withClient(embedded.uri, (client) =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          await client.db('d').collection('kept').insertOne({ n: 1 }, { session });
        }),
      ),
    );
  });

  it('is not stopped by words in its log, which callers can put there', async () => {
    const pid = embedded.pid();
    await withClient(embedded.uri, async (client) => {
      // From now on every command is logged.
      await client.db('d').command({ profile: 0, slowms: -1 });
      for (const comment of [
        'address already in use',
        'DBException in initAndListen, terminating',
        '***aborting after',
      ]) {
        await client.db('d').collection('c').find({}, { comment }).toArray();
      }
      for (let i = 0; i < 20; i++) {
        await client.db('d').command({ ping: 1 });
        await sleep(20);
      }
    });
    expect(embedded.pid()).toBe(pid);
    expect(said.filter((line) => line.includes('starting it again'))).toEqual([]);
  });

  it('starts again after kill -9 of mongod under writes, and every write that was acknowledged is there', async () => {
    const acknowledged: string[] = [];
    await withClient(embedded.uri, async (client) => {
      const collection = client.db('d').collection<{ _id: string }>('c');
      let more = true;
      const write = async (writer: number) => {
        for (let i = 0; more; i++) {
          const id = `${writer}-${i}`;
          await collection.insertOne({ _id: id }).then(
            () => acknowledged.push(id),
            () => undefined,
          );
        }
      };
      const writers = [0, 1, 2, 3].map(write);
      for (let kills = 1; kills <= KILLS; kills++) {
        const before = acknowledged.length;
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 100), { timeout: 120_000 });
        process.kill(embedded.pid() ?? -1, 'SIGKILL');
        await vi.waitFor(() => expect(restarted).toHaveBeenCalledTimes(kills), { timeout: 120_000, interval: 20 });
      }
      const before = acknowledged.length;
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before), { timeout: 120_000 });
      more = false;
      await Promise.all(writers);
      const found = new Set((await collection.find().toArray()).map((document) => document._id));
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    });
    expect(said.filter((line) => /^warn .*ended by SIGKILL; starting it again/.test(line))).toHaveLength(KILLS);
    expect(embedded.restarts()).toBe(KILLS);
  });

  it('can be stopped while mongod is down', async () => {
    process.kill(embedded.pid() ?? -1, 'SIGKILL');
    await vi.waitFor(() => expect(embedded.pid()).toBeUndefined(), { timeout: 1120_000, interval: 5 });
    await embedded.stop();
    expect(await servers()).toEqual([]);
  });

  it('has its data, its uri and its version again after the next start', async () => {
    const { uri, version } = embedded;
    embedded = await begin();
    expect([embedded.uri, embedded.version]).toEqual([uri, version]);
    const found = await withClient(uri, (client) => client.db('d').collection('kept').find().toArray());
    expect(found.map(({ n }) => n)).toEqual([1]);
  });
});

describe('the embedded MongoDB', () => {
  it.runIf(LONG)('takes over data whose replica set was at a port, as earlier versions had it', async () => {
    // The port of somebody who takes connections and says nothing.
    const stranger = createServer().listen(0, '127.0.0.1');
    try {
      const first = await start();
      await insert(first.uri, 1);
      const port = (stranger.address() as AddressInfo).port;
      await setHost(first.uri, `127.0.0.1:${port}`);
      await first.stop();
      const { host: _, ...record } = JSON.parse(await readFile(join(data, 'mongod.json'), 'utf8'));
      await writeFile(join(data, 'mongod.json'), JSON.stringify({ ...record, port }));
      const second = await start();
      expect(second.uri).toBe(first.uri);
      expect(await stored(second.uri)).toEqual([1]);
      expect(JSON.parse(await readFile(join(data, 'mongod.json'), 'utf8'))).toEqual({ ...record, host: second.host });
    } finally {
      stranger.close();
    }
  });

  it.runIf(LONG)(
    'starts the mongod that it knows without trying it first, and another where it starts no more',
    async () => {
      const [wrapper, tries, broken] = ['mongod', 'tries', 'broken'].map((name) => join(root, name));
      const lines = [
        `[ -e '${broken}' ] && { echo 'no libcurl' >&2; exit 127; }`,
        `[ "$1" = --version ] && echo tried >> '${tries}'`,
        `exec '${inject('mongodBinary')}' "$@"`,
      ];
      await writeFile(wrapper ?? '', `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
      vi.stubEnv('MONGOMS_SYSTEM_BINARY', wrapper);
      const first = await start();
      await insert(first.uri, 1);
      await first.stop();
      const second = await start();
      await second.stop();
      expect(await readFile(tries ?? '', 'utf8')).toBe('tried\n');

      await writeFile(broken ?? '', '');
      vi.stubEnv('PATH', `${join(root, 'bin')}:${process.env.PATH}`);
      await mkdir(join(root, 'bin'));
      await symlink(inject('mongodBinary'), join(root, 'bin', 'mongod'));
      const third = await start();
      expect(await stored(third.uri)).toEqual([1]);
      expect(report).toContainEqual(expect.stringMatching(/mongod does not start any more: /));
      expect(report.at(-1)).toMatch(/^PATH: taking /);
    },
  );

  it.runIf(LONG)('comes up when mongod did not find itself in its configuration, having looked too early', async () => {
    const first = await start();
    await setHost(first.uri, join(root, 'nowhere.sock'));
    await first.stop();
    const folder = await openFolder(data);
    const mongod = await findMongod({ report: () => undefined });
    const endpoint = await socketEndpoint(folder.root);
    const instance = await launch({ mongod, dbPath: folder.dbPath, endpoint });
    try {
      // Now the right host stands in the configuration, and this mongod has not seen it.
      expect(await formReplicaSet(endpoint)).toBe('moved');
      expect(await formReplicaSet(endpoint)).toHaveProperty('featureCompatibility');
    } finally {
      await instance.stop();
      await folder.release();
    }
  });

  it.runIf(LONG)(
    'has its socket elsewhere, in a folder of its own, where the path of the data folder does not fit',
    async () => {
      data = join(root, 'long'.repeat(30), 'and, with a comma', 'data');
      const first = await start();
      expect(first.host.length).toBeLessThanOrEqual(100);
      expect(first.host).not.toContain('long');
      const { mode, uid } = await stat(dirname(first.host));
      expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()]);
      await insert(first.uri, 1);
      // Those who clean up temporary folders take it away.
      const down = vi.fn();
      await first.stop();
      await expect(stat(dirname(first.host))).rejects.toThrow('ENOENT');
      const second = await start({ onRestart: down });
      expect(second.uri).toBe(first.uri);
      await rm(dirname(second.host), { recursive: true });
      process.kill(second.pid() ?? -1, 'SIGKILL');
      await vi.waitFor(() => expect(down).toHaveBeenCalled(), { timeout: 120_000, interval: 20 });
      expect(await stored(second.uri)).toEqual([1]);
    },
  );

  it('is to have its socket in a folder of its own where the path of the data folder does not fit', async () => {
    data = join(root, 'long'.repeat(30), 'and, with a comma', 'data');
    const folder = await openFolder(data);
    const { host } = await socketEndpoint(folder.root);
    try {
      expect(host.length).toBeLessThanOrEqual(100);
      expect(host).not.toContain('long');
      const { mode, uid } = await stat(dirname(host));
      expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()]);
    } finally {
      await rm(dirname(host), { recursive: true });
      await folder.release();
    }
  });

  it('does not use a folder for its socket that is somebody else’s, or a link', async () => {
    data = join(root, 'long'.repeat(30), 'data');
    const folder = await openFolder(data);
    const first = await socketEndpoint(folder.root);
    await rm(dirname(first.host), { recursive: true });
    await mkdir(join(root, 'theirs'));
    await symlink(join(root, 'theirs'), dirname(first.host));
    try {
      const second = await socketEndpoint(folder.root);
      expect(second.host).not.toBe(first.host);
      expect(await readdir(dirname(second.host))).toEqual([]);
      expect(await readdir(join(root, 'theirs'))).toEqual([]);
      await rm(dirname(second.host), { recursive: true });
    } finally {
      await rm(dirname(first.host));
      await folder.release();
    }
  });
});

describe('the data of an embedded MongoDB that was stopped', () => {
  const loopback = { reach: 'loopback' } as const;
  let own: string;
  let folder: string;
  let embedded: EmbeddedMongod;
  const said: string[] = [];
  const begin = async (options: Partial<EmbeddedOptions> = {}) => {
    embedded = await startEmbedded({ dataDir: folder, report: (line) => said.push(line), ...options });
    return embedded;
  };
  const found = async () => (await stored(embedded.uri)).toString();
  /** What was stored in it so far. */
  let expected = '1';

  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'steward-embedded-'));
    folder = join(own, 'data');
    await insert((await begin()).uri, 1);
    await embedded.stop();
  });
  afterAll(async () => {
    await embedded.stop();
    await rm(own, { recursive: true, force: true });
  });

  it('are refused where they are of a newer version, with the mongod that they need', async () => {
    const file = join(folder, 'mongod.json');
    const before = await readFile(file, 'utf8');
    const newer = { ...JSON.parse(before), mongodb: '99.0.1', featureCompatibility: '99.0' };
    await writeFile(file, JSON.stringify(newer));
    vi.stubEnv('MONGOMS_RUNTIME_DOWNLOAD', 'false');
    await expect(begin()).rejects.toThrow(
      'one of the 99.0 series or the next (the data were made by MongoDB 99.0.1) is needed',
    );
    // Nothing was touched, and the folder is free.
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(newer);
    await (await openFolder(folder)).release();
    await writeFile(file, before);
  });

  it.runIf(LONG)('can be copied: the copy runs beside the original, and each keeps to its own data', async () => {
    const copied = join(own, 'copy');
    await cp(folder, copied, { recursive: true });
    await begin();
    await cp(join(folder, 'service.lock'), join(copied, 'service.lock'));
    const copy = await start({ dataDir: copied });
    await insert(copy.uri, 2);
    await insert(embedded.uri, 3);
    expect(await stored(copy.uri)).toEqual([1, 2]);
    expected = '1,3';
    expect(await found()).toBe(expected);
    await embedded.stop();
  });

  it('are taken over where there are no Unix domain sockets; only the data folder has the account', async () => {
    const { host, uri } = await begin(loopback);
    expect(await found()).toBe(expected);
    expect((await stat(join(folder, 'mongod.key'))).mode & 0o777).toBe(0o600);
    const nobody = `mongodb://${host}/?directConnection=true`;
    await expect(stored(nobody)).rejects.toThrow('requires authentication');
    await expect(
      withClient(nobody, (client) => client.db('admin').command({ createUser: 'eve', pwd: 'x', roles: ['root'] })),
    ).rejects.toThrow('requires authentication');
    if (LONG) {
      await embedded.stop();
      expect((await begin(loopback)).uri).toBe(uri);
      expect(await found()).toBe(expected);
    }
    expect(await processesWith(identifyingArgs(join(folder, 'db')))).toEqual([embedded.pid()]);
    await embedded.stop();
    expect(said.filter((line) => line.includes('killed'))).toEqual([]);
  });

  it('move to another port when a stranger has their own, even one who says nothing', async () => {
    const port = Number(embedded.host.split(':')[1]);
    const stranger = createServer().listen(port, '127.0.0.1');
    try {
      const { host, uri } = await begin(loopback);
      expect(host).not.toBe(`127.0.0.1:${port}`);
      expect(await found()).toBe(expected);
      expect(said).toContainEqual(expect.stringContaining(`port ${port} is taken by another program`));
      await embedded.stop();
      if (LONG) expect((await begin(loopback)).uri).toBe(uri);
    } finally {
      stranger.close();
    }
  });

  it('are given back to a socket, also where an earlier version wrote down the port alone', async () => {
    await embedded.stop();
    const file = join(folder, 'mongod.json');
    const { host, ...record } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...record, port: Number(host.split(':')[1]) }));
    await begin();
    expect(await found()).toBe(expected);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ ...record, host: embedded.host });
  });
});

describe('the end of the service', () => {
  it.runIf(LONG)('by kill -9: the next start ends the mongod that was left behind, and has the data', async () => {
    const first = service();
    const uri = await first.line('uri');
    const orphan = Number(await first.line('mongod'));
    await insert(uri, 1);
    first.process.kill('SIGKILL');
    await first.ended();
    const second = await start();
    expect(await stored(second.uri)).toEqual([1]);
    expect(await identityOf(orphan)).toBeUndefined();
    expect(await mongods()).toEqual([second.pid()]);
  });

  it('by kill -9 together with every helper: the next start ends the mongod that was left behind', async () => {
    const first = service();
    const uri = await first.line('uri');
    await insert(uri, 1);
    first.process.kill('SIGSTOP');
    const helpers = await processesWith({ [String(first.pid)]: await first.line('mongod') });
    expect(helpers).toHaveLength(1);
    for (const pid of [...helpers, first.pid]) process.kill(pid, 'SIGKILL');
    await first.ended();
    expect(await mongods()).toHaveLength(1);
    const second = await start();
    expect(report).toContainEqual(expect.stringContaining('ending the mongod that an earlier run left behind'));
    expect(await stored(second.uri)).toEqual([1]);
    expect(await mongods()).toEqual([second.pid()]);
  });

  it('by kill -9 without a next start: mongod ends by itself', async () => {
    const only = service();
    await only.line('uri');
    only.process.kill('SIGKILL');
    await only.ended();
    await vi.waitFor(async () => expect(await mongods()).toEqual([]), { timeout: 120_000, interval: 100 });
  });

  it('by Ctrl-C: mongod lives until the service has finished with it, which it did not share with a second one', async () => {
    const only = service(`process.on('SIGINT', async () => {
      // Long enough for mongod to be gone if the signal had reached it.
      await new Promise((resolve) => setTimeout(resolve, 500));
      console.log('still ' + embedded.pid());
      await embedded.stop();
      process.exit(0);
    });`);
    const uri = await only.line('uri');
    // A second service is refused, and touches nothing.
    await expect(start()).rejects.toThrow(`is in use by another service (process ${only.pid})`);
    await insert(uri, 1);
    expect(await mongods()).toEqual([Number(await only.line('mongod'))]);
    // As a terminal does: to the whole process group.
    process.kill(-only.pid, 'SIGINT');
    expect(await only.line('still')).toBe(await only.line('mongod'));
    expect(await only.ended()).toBe(0);
    expect(await mongods()).toEqual([]);
    expect(only.lines().filter((line) => line.includes('starting it again'))).toEqual([]);
  });
});
