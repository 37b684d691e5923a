import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

const ITEMS = 100_000;
const CHUNK = 5_000;

/**
 * How long a transfer of all that somebody owns takes, with its records and from the call to its end, and how long the
 * barest update of the same documents: medians, taken in turn, in milliseconds, and the CPU time of both processes.
 *
 * @param {{
 *   uri: string, administer: (command: object) => Promise<any>, rounds: number, items?: number,
 *   cpuMicros: () => Promise<number>
 * }} options `cpuMicros` is the CPU time of the service and of mongod so far
 */
export async function transfer({ uri, administer, rounds, items = ITEMS, cpuMicros }) {
  const client = await MongoClient.connect(uri);
  const resources = client.db('steward').collection('resources');
  const [giver, taker] = await Promise.all(
    ['giver', 'taker'].map(async (user) => (await administer({ command: 'addUser', user })).id),
  );
  const at = new Date();
  for (let from = 0; from < items; from += CHUNK) {
    await resources.insertMany(
      Array.from({ length: Math.min(CHUNK, items - from) }, (_, i) => ({
        ...{ _id: `res-${crypto.randomUUID()}`, revision: 1, type: 'plate', name: `plate ${from + i}`, parents: [] },
        ...{ owners: [giver], grants: [], visibility: 'private', createdAt: at, modifiedAt: at },
      })),
    );
  }
  const figures = [];
  for (let round = 0; round < rounds; round += 1) {
    const floor = await timed(async () => {
      const raised = { $set: { owners: [taker] }, $inc: { revision: 1 } };
      await resources.updateMany({ owners: giver }, raised, {
        writeConcern: { w: 'majority' },
      });
    });
    const ours = await timed(async () => {
      const begun = await administer({ command: 'changeOwner', params: { from: `id:${taker}`, to: `id:${giver}` } });
      for (;;) {
        const { state, moved } = await administer({ command: 'getJob', params: { id: begun.job } });
        if (state === 'done' && moved === items) return;
        if (state !== 'running') throw new Error(`the job is ${state} with ${moved} moved`);
        await sleep(100);
      }
    });
    const { ms: floorMs, cpuMs: floorCpuMs } = floor;
    figures.push({ floorMs, ...ours, ratio: ours.ms / floorMs, cpuRatio: ours.cpuMs / floorCpuMs });
  }
  await client.close();
  const middle = (field) => figures.map((f) => f[field]).toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
  return {
    ...{ items, floorMs: Math.round(middle('floorMs')), ms: Math.round(middle('ms')) },
    ...{ ratio: middle('ratio'), cpuRatio: middle('cpuRatio') },
  };

  async function timed(work) {
    const [startedAt, cpuBefore] = [performance.now(), await cpuMicros()];
    await work();
    return { ms: performance.now() - startedAt, cpuMs: ((await cpuMicros()) - cpuBefore) / 1_000 };
  }
}
