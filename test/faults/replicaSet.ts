import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { freePort } from '../../src/store/embedded/port.ts';
import { temporaryFolder } from '../support/running.ts';

const NAME = 'members';

/** A replica set of three members on loopback. */
export interface ReplicaSet extends AsyncDisposable {
  readonly uri: string;
  readonly client: MongoClient;
  /** Ends the primary at once, and starts it again when another one was elected. */
  killPrimary(): Promise<void>;
  /** Has another member elected, as before maintenance. */
  stepDown(): Promise<void>;
  /** Lets the primary stand still until another one was elected. */
  stopPrimary(): Promise<void>;
}

interface Member {
  readonly host: string;
  readonly start: () => ChildProcess;
  process: ChildProcess;
}

export async function openReplicaSet(): Promise<ReplicaSet> {
  const folder = await temporaryFolder();
  const members = await Promise.all([0, 1, 2].map((i) => startMember(join(folder.path, `member${i}`))));
  const hosts = members.map(({ host }) => host);
  await initiate(hosts);
  const uri = `mongodb://${hosts.join()}/?replicaSet=${NAME}`;
  const client = await MongoClient.connect(uri);
  const hello = () => client.db('admin').command({ hello: 1 });
  const primary = async () => {
    const { me } = await hello();
    return members.find(({ host }) => host === me) ?? Promise.reject(new Error(`${me} is no member`));
  };
  const elected = async (before: Member) => {
    while ((await primary().catch(() => before)) === before) await sleep(100);
  };
  return {
    uri,
    client,
    killPrimary: async () => {
      const member = await primary();
      await end(member.process);
      await elected(member);
      member.process = member.start();
    },
    stepDown: async () => {
      const member = await primary();
      await client
        .db('admin')
        .command({ replSetStepDown: 30, force: true })
        .catch(() => undefined);
      await elected(member);
    },
    stopPrimary: async () => {
      const member = await primary();
      member.process.kill('SIGSTOP');
      try {
        await elected(member);
      } finally {
        member.process.kill('SIGCONT');
      }
    },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await Promise.all(members.map((member) => end(member.process)));
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function startMember(dbpath: string): Promise<Member> {
  await mkdir(dbpath);
  const port = await freePort();
  const listening = ['--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', NAME];
  const small = ['--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '64'];
  const start = () => spawn(inject('mongodBinary'), ['--dbpath', dbpath, ...listening, ...small], { stdio: 'ignore' });
  return { host: `127.0.0.1:${port}`, start, process: start() };
}

async function initiate(hosts: readonly string[]): Promise<void> {
  // The first member asks all others, which must be there by then.
  const connect = (host: string) => MongoClient.connect(`mongodb://${host}/?directConnection=true`);
  const [client, ...others] = await Promise.all(hosts.map(connect));
  for (const other of others) await other.close();
  if (client === undefined) throw new Error('there are no members');
  try {
    const members = hosts.map((host, _id) => ({ _id, host }));
    await client.db('admin').command({ replSetInitiate: { _id: NAME, members } });
    while (!(await client.db('admin').command({ hello: 1 })).isWritablePrimary) await sleep(50);
  } finally {
    await client.close();
  }
}

async function end(member: ChildProcess): Promise<void> {
  if (member.exitCode !== null || member.signalCode !== null) return;
  const exited = once(member, 'exit');
  member.kill('SIGKILL');
  await exited;
}
