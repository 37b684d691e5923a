import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { HASHES } from '../../src/audit/log/unsealed.ts';
import { auditCollection } from '../../src/audit/record.ts';
import { Database } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import { sealedIds } from '../audit/log/sealedLog.ts';
import { LONG } from '../support/long.ts';
import { type Reply, type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

const [ROUNDS, WRITERS] = [20, 32];
/** What is killed in each round in turn: one of the two instances, or mongod. */
const VICTIMS = [0, 'mongod', 1] as const;

it.runIf(LONG)(
  `${WRITERS} writers on two instances and ${ROUNDS} kills make one log, with every record once in the order of commits`,
  async () => {
    await using folder = await serviceFolder();
    const embedded = await startEmbedded({ dataDir: join(folder.path, 'shared'), report: () => undefined });
    const instances: Running[] = [];
    try {
      const database = await Database.connect({ uri: embedded.uri, database: 'sealing' });
      const begun = await database.clock.now();
      const env = {
        STEWARD_MONGODB_HOST: embedded.uri,
        STEWARD_MONGODB_DATABASE: 'sealing',
        STEWARD_WS_ADMIN: 'admin',
      };
      const start = async (instance: number) => {
        const own = join(folder.path, `instance${instance}`);
        await mkdir(own, { recursive: true });
        return startRunning(own, env);
      };
      instances.push(await start(0), await start(1));
      const replies: Reply[] = [];
      let stopped = false;
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; !stopped; n += 1) {
          const instance = instances[writer % 2] as Running;
          const command = n % 3 === 2 ? { command: 'listAdmins' } : { command: 'addUser', user: `u-${writer}-${n}` };
          const reply = await instance.administer('admin', command).catch(() => undefined);
          if (reply?.status === 200) replies.push(reply);
          else await sleep(50);
        }
      });
      for (let round = 0; round < ROUNDS; round += 1) {
        const enough = replies.length + 100;
        await vi.waitUntil(() => replies.length > enough, { timeout: 300_000, interval: 5 });
        // So that the kills do not come right after answers.
        await sleep(Math.random() * 1_000);
        const victim = VICTIMS[round % VICTIMS.length] ?? 0;
        if (victim === 'mongod') process.kill(embedded.pid() ?? Number.NaN, 'SIGKILL');
        else {
          await instances[victim]?.end('SIGKILL');
          instances[victim] = await start(victim);
        }
      }
      stopped = true;
      await Promise.all(writers);

      try {
        const committed: string[] = [];
        const stored = async () => {
          committed.length = 0;
          for await (const { id, fields } of database.insertedSince(auditCollection, { at: begun }, HASHES)) {
            for (let place = 0; place < fields.records.length; place += 1) committed.push(`${id}-${place}`);
          }
          return committed.length;
        };
        const head = () => database.db.collection('auditHead').findOne();
        // The last victim may have been mongod, which may not be back yet.
        const isAllSealed = async () => (await head())?.size === (await stored());
        await vi.waitUntil(() => isAllSealed().catch(() => false), { timeout: 300_000, interval: 200 });
        const sealed = await sealedIds(database);
        expect(sealed).toEqual(committed);
        const known = new Set(sealed);
        expect(replies.filter(({ receipt }) => receipt !== undefined && !known.has(receipt.record))).toEqual([]);
      } finally {
        await database.close();
      }
      for (const instance of instances.splice(0)) expect(await instance.end('SIGTERM')).toBe(0);
    } finally {
      for (const instance of instances) await instance.end('SIGKILL').catch(() => undefined);
      await embedded.stop();
    }
  },
  ROUNDS * 120_000,
);
