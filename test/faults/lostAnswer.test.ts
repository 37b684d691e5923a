import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Db, MongoClient } from 'mongodb';
import { expect, inject, it, vi } from 'vitest';
import { type Reply, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { expectBalance, expectOneRecordACall, expectReceiptsKept, readBooks } from './books.ts';

/** Longer than the service looks for a server before it gives up on one operation. */
const OUTAGE_MS = 7_000;
const DATABASE = `test_lost_answer_${process.pid}`;

const CALLS: [what: string, calls: object[]][] = [
  // Those that come in one turn share the first transaction, the others the second.
  ['calls that share a transaction', ['ann', 'bea', 'cec'].map((user) => ({ command: 'addAdmin', user }))],
  ['a call of its own', [{ command: 'addUser', user: 'gil' }]],
];

it('a commit whose answer is lost, with the database gone after it, happens once', async () => {
  await using folder = await serviceFolder();
  await using database = await emptyDatabase();
  await using wire = await openWire(decodeURIComponent(new URL(inject('mongoUri')).host));
  const service = await startRunning(folder.path, {
    STEWARD_MONGODB_HOST: `mongodb://127.0.0.1:${wire.port}/?directConnection=true`,
    STEWARD_MONGODB_DATABASE: DATABASE,
    STEWARD_WS_ADMIN: 'admin',
  });
  for (const user of ['ann', 'bea', 'cec']) await service.administer('admin', { command: 'addUser', user });

  const replies: Reply[] = [];
  for (const [what, calls] of CALLS) {
    // So that the next commit is that of the calls.
    await everythingSealed(database.db);
    wire.cutAfterCommit(1);
    const own = await Promise.all(calls.map((command) => service.administer('admin', command)));
    expect([what, wire.wasCut()]).toEqual([what, true]);
    expect([what, ...own.map((r) => r.error?.data ?? r.status)]).toEqual([what, ...calls.map(() => 200)]);
    replies.push(...own);
  }
  expect(await service.end('SIGTERM')).toBe(0);

  const books = await readBooks(database.db);
  expectBalance(books);
  expectOneRecordACall(books);
  expectReceiptsKept(replies, books);
});

interface Wire extends AsyncDisposable {
  readonly port: number;
  /** Lets so many commits pass, keeps the answer to the last of them back, and is dead for a while. */
  cutAfterCommit(commits: number): void;
  wasCut(): boolean;
}

/** A way to the MongoDB server at this socket. */
async function openWire(target: string): Promise<Wire> {
  const sockets = new Set<Socket>();
  let commitsLeft = Number.POSITIVE_INFINITY;
  let dead = false;
  let cut = false;
  const die = () => {
    [dead, cut] = [true, true];
    commitsLeft = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.destroy();
    setTimeout(() => {
      dead = false;
    }, OUTAGE_MS).unref();
  };
  const server: Server = createServer((near) => {
    if (dead) return void near.destroy();
    const far = connect(target);
    let last = false;
    near.on('data', (chunk) => {
      if (chunk.includes('commitTransaction')) {
        commitsLeft -= 1;
        last = commitsLeft === 0;
      }
      far.write(chunk);
    });
    // The server answers a commit once it is durable.
    far.on('data', (chunk) => (last ? die() : near.write(chunk)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
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
      cut = false;
      commitsLeft = commits;
    },
    wasCut: () => cut,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Waits until the sealer has nothing to commit. */
async function everythingSealed(db: Db): Promise<void> {
  const records = [{ $unwind: '$records' }, { $count: 'count' }];
  await vi.waitFor(
    async () => {
      const [{ count } = { count: 0 }] = await db.collection('audit').aggregate(records).toArray();
      expect(await db.collection('auditHead').findOne()).toMatchObject({ size: count });
    },
    { timeout: 120_000, interval: 50 },
  );
}

async function emptyDatabase() {
  const client = await MongoClient.connect(inject('mongoUri'));
  const db = client.db(DATABASE);
  await db.dropDatabase();
  return {
    db,
    [Symbol.asyncDispose]: async () => {
      await db.dropDatabase();
      await client.close();
    },
  };
}
