import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

const ITEMS = 100_000;
const CHUNK = 5_000;
const MAJORITY = { writeConcern: { w: 'majority' } };

/**
 * How long bulk work takes with its records, from the call to its end, and how long the barest updates of as many
 * documents: medians, taken in turn, in milliseconds, and the CPU time of both processes.
 *
 * - `changeOwner`: all that somebody owns goes to another and back
 * - `offboard`: a tenth as many things go to a successor, and the rights to as many others are taken away
 *
 * @param {{
 *   uri: string, administer: (command: object) => Promise<any>, rounds: number, items?: number,
 *   cpuMicros: () => Promise<number>
 * }} options `cpuMicros` is the CPU time of the service and of mongod so far
 */
export async function transfer({ uri, administer, rounds, items = ITEMS, cpuMicros }) {
  const client = await MongoClient.connect(uri);
  const resources = client.db('steward').collection('resources');
  try {
    return [await changeOwner(), await offboard(Math.ceil(items / 10))];
  } finally {
    await client.close();
  }

  async function changeOwner() {
    const [giver, taker] = [await newUser('giver'), await newUser('taker')];
    await fill(items, { owners: [giver], grants: [] });
    const figures = [];
    for (let round = 0; round < rounds; round += 1) {
      const floor = await timed(() => resources.updateMany({ owners: giver }, giveTo(taker), MAJORITY));
      const ours = await timed(() => finished('changeOwner', { from: `id:${taker}`, to: `id:${giver}` }, items));
      figures.push({ floor, ours });
    }
    return { name: `changeOwner of ${items}`, ...medians(figures) };
  }

  async function offboard(count) {
    const successor = await newUser('successor');
    const figures = [];
    for (let round = 0; round < rounds; round += 1) {
      const [leaver, other] = [await newUser(`leaver${round}`), await newUser(`other${round}`)];
      for (const user of [leaver, other]) {
        await fill(count, { owners: [user], grants: [] });
        await fill(count, { owners: [successor], grants: [{ principal: user, level: 'read' }] });
      }
      const floor = await timed(async () => {
        await resources.updateMany({ owners: other }, giveTo(successor), MAJORITY);
        const taken = { $pull: { grants: { principal: other } }, $inc: { revision: 1 } };
        await resources.updateMany({ 'grants.principal': other }, taken, MAJORITY);
      });
      const ours = await timed(() => finished('offboard', { to: `id:${successor}` }, count, `leaver${round}`));
      figures.push({ floor, ours });
    }
    return { name: `offboard with ${count} and ${count} rights`, ...medians(figures) };
  }

  async function newUser(user) {
    return (await administer({ command: 'addUser', user })).id;
  }

  async function fill(count, fields) {
    const at = new Date();
    for (let from = 0; from < count; from += CHUNK) {
      await resources.insertMany(
        Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => ({
          ...{ _id: `res-${crypto.randomUUID()}`, revision: 1, type: 'plate', name: `plate ${from + i}`, parents: [] },
          ...{ ...fields, visibility: 'private', createdAt: at, modifiedAt: at },
        })),
      );
    }
  }

  /** Begins the job and waits for its end. */
  async function finished(command, params, count, user) {
    const { job } = await administer({ command, params, ...(user === undefined ? {} : { user }) });
    for (;;) {
      const { state, moved } = await administer({ command: 'getJob', params: { id: job } });
      if (state === 'done' && moved === count) return;
      if (state !== 'running') throw new Error(`the job is ${state} with ${moved} moved`);
      await sleep(100);
    }
  }

  async function timed(work) {
    const [startedAt, cpuBefore] = [performance.now(), await cpuMicros()];
    await work();
    return { ms: performance.now() - startedAt, cpuMs: ((await cpuMicros()) - cpuBefore) / 1_000 };
  }
}

const giveTo = (owner) => ({ $set: { owners: [owner] }, $inc: { revision: 1 } });

function medians(figures) {
  const middle = (of) => figures.map(of).toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
  return {
    floorMs: Math.round(middle(({ floor }) => floor.ms)),
    ms: Math.round(middle(({ ours }) => ours.ms)),
    ratio: middle(({ floor, ours }) => ours.ms / floor.ms),
    cpuRatio: middle(({ floor, ours }) => ours.cpuMs / floor.cpuMs),
  };
}
