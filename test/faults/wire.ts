import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Db, MongoClient } from 'mongodb';
import { expect, inject, vi } from 'vitest';
import { LONG } from '../support/long.ts';
import { startRunning } from '../support/running.ts';

/** How long a service looks for a server before it gives up on one operation, where outages are to be short. */
const SHORT_SELECTION_MS = 3_000;
/** Longer than that; in the long run longer than a service looks by default. */
const OUTAGE_MS = LONG ? 17_000 : SHORT_SELECTION_MS + 2_000;

/** A way to the tests' MongoDB server that can be cut or held up. */
export interface Wire extends AsyncDisposable {
  readonly port: number;
  /** Lets so many commits pass, keeps the answer to the last of them back, and is dead for a while. */
  cutAfterCommit(commits: number): void;
  wasCut(): boolean;
  /** Lets nothing pass any more, in either direction, as if the server stood still. */
  hold(): void;
  /** Lets the next commit pass, and then nothing any more. */
  holdAfterCommit(): void;
  isHeld(): boolean;
  /** Lets everything pass that was held up. */
  release(): void;
}

export async function openWire(): Promise<Wire> {
  const target = decodeURIComponent(new URL(inject('mongoUri')).host);
  const sockets = new Set<Socket>();
  let commitsLeft = Number.POSITIVE_INFINITY;
  let afterCommits: 'cut' | 'hold' = 'cut';
  let [dead, cut, held] = [false, false, false];
  const die = () => {
    [dead, cut] = [true, true];
    commitsLeft = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.destroy();
    setTimeout(() => {
      dead = false;
    }, OUTAGE_MS).unref();
  };
  const hold = () => {
    held = true;
    for (const socket of sockets) socket.pause();
  };
  const server: Server = createServer((near) => {
    if (dead) return void near.destroy();
    const far = connect(target);
    let last = false;
    near.on('data', (chunk) => {
      if (chunk.includes('commitTransaction')) {
        commitsLeft -= 1;
        last = commitsLeft === 0;
        if (last && afterCommits === 'hold') hold();
      }
      far.write(chunk);
    });
    // The server answers a commit once it is durable.
    far.on('data', (chunk) => (last && afterCommits === 'cut' ? die() : near.write(chunk)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      if (held) socket.pause();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAfterCommit: (commits) => {
      [cut, afterCommits, commitsLeft] = [false, 'cut', commits];
    },
    wasCut: () => cut,
    hold,
    holdAfterCommit: () => {
      [afterCommits, commitsLeft] = ['hold', 1];
    },
    isHeld: () => held,
    release: () => {
      held = false;
      commitsLeft = Number.POSITIVE_INFINITY;
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Start {
  readonly folder: string;
  readonly database: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether an outage of the wire is longer than the service looks for a server. */
  readonly outlasted?: true;
}

/** Starts a service that reaches the database over the wire, with the users ann, bea and cec. */
export async function startOver({ port }: Pick<Wire, 'port'>, { folder, database, settings = {}, outlasted }: Start) {
  const selection = outlasted && !LONG ? `&serverSelectionTimeoutMS=${SHORT_SELECTION_MS}` : '';
  const service = await startRunning(folder, {
    STEWARD_MONGODB_HOST: `mongodb://127.0.0.1:${port}/?directConnection=true${selection}`,
    STEWARD_MONGODB_DATABASE: database,
    STEWARD_WS_ADMIN: 'admin',
    ...settings,
  });
  for (const user of ['ann', 'bea', 'cec']) await service.administer('admin', { command: 'addUser', user });
  return service;
}

/** Waits until the sealer has nothing to commit. */
export async function everythingSealed(db: Db): Promise<void> {
  const records = [{ $unwind: '$records' }, { $count: 'count' }];
  await vi.waitFor(
    async () => {
      const [{ count } = { count: 0 }] = await db.collection('audit').aggregate(records).toArray();
      expect(await db.collection('auditHead').findOne()).toMatchObject({ size: count });
    },
    { timeout: 120_000, interval: 50 },
  );
}

/** An empty database of this name, which is dropped at the end. */
export async function emptyDatabase(name: string) {
  const client = await MongoClient.connect(inject('mongoUri'));
  const db = client.db(name);
  await db.dropDatabase();
  return {
    db,
    [Symbol.asyncDispose]: async () => {
      await db.dropDatabase();
      await client.close();
    },
  };
}
