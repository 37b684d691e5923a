import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { contents, KEPT_MS } from '../../src/domain/objects/content.ts';
import { SWEEP_START, sweepContents } from '../../src/domain/objects/sweep.ts';
import { openSavingWorld, type SavingWorld } from '../domain/objects/savingWorld.ts';
import { SECRET } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { endTransactionsOfKilled } from './killedInstances.ts';

const CHILD = fileURLToPath(new URL('saveChild.mjs', import.meta.url));

/** Saves in a process of its own that is killed before that write; how many writes there were, where it is not. */
async function saveKilledBefore(world: SavingWorld, write: number, tag: string): Promise<number> {
  const args = [CHILD, inject('mongoUri'), world.database.db.databaseName, SECRET, String(write), tag];
  try {
    return Number((await promisify(execFile)('node', args)).stdout);
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' });
    return 0;
  }
}

const AT_ONCE = 4;

/** What is stored of objects, by its names and references. */
async function stored(world: SavingWorld) {
  const all = async (name: string) => (await world.contents(name)) as Record<string, never>[];
  const [objects, versions, contents] = [await all('objects'), await all('versions'), await all('contents')];
  const files = await all('files.files');
  const chunks = await all('files.chunks');
  return { objects, versions, contents, files, chunks };
}

it.runIf(LONG)(
  'a save that is killed before one of its writes leaves nothing half, and nothing that a sweep does not remove',
  async () => {
    await using world = await openSavingWorld();
    const writes = await saveKilledBefore(world, 0, 'whole');
    // The contents in their collection and in files, the ids, the objects, the versions, the record and the commit.
    expect(writes).toBeGreaterThanOrEqual(9);
    const each = Array.from({ length: writes }, (_, i) => writes - i);
    // So many processes at once as the machine bears.
    for (let i = 0; i < each.length; i += AT_ONCE) {
      await Promise.all(each.slice(i, i + AT_ONCE).map((write) => saveKilledBefore(world, write, `kill${write}`)));
    }
    await endTransactionsOfKilled(world.database);

    const after = await stored(world);
    const counts = after.objects.map((o) => [o._id, o.latest]);
    expect(counts).toHaveLength(3);
    // Each object has exactly the versions that it says, and each of these its content.
    for (const [id, latest] of counts) {
      const own = after.versions.filter((v) => `ws${v.ws}/${v.id}` === id).map((v) => v.version);
      expect(own).toEqual(Array.from({ length: Number(latest) }, (_, i) => i + 1));
    }
    for (const name of ['smallwhole', 'largewhole', 'both']) {
      const { data } = JSON.parse(JSON.stringify(await world.run('getObjects', { objects: [{ ref: `1/${name}` }] })));
      expect(data[0].data.any.text).toContain('wholewhole');
    }
    // The first save alone has a record: the others have neither an effect nor one.
    expect((await world.records()).filter((r) => r.command === 'saveObjects' && r.outcome === 'success')).toHaveLength(
      1,
    );

    const used = new Set(after.versions.map((v) => v.checksum));
    expect(after.contents.length).toBeGreaterThan(used.size);
    expect(after.chunks.length).toBeGreaterThan(after.files.length);
    const never = new AbortController().signal;
    // Before an hour is over somebody might still commit with them.
    await sweepContents(world.database, SWEEP_START, { now: new Date(), signal: never });
    expect((await stored(world)).contents).toEqual(after.contents);
    await sweepContents(world.database, SWEEP_START, { now: new Date(Date.now() + KEPT_MS + 60_000), signal: never });
    const swept = await stored(world);
    expect(new Set(swept.contents.map((c) => c._id))).toEqual(used);
    const large = swept.contents.filter((c) => c.inline === undefined).map((c) => c._id);
    expect(swept.files.map((f) => f.filename)).toEqual(large);
    const pieces = new Set(swept.chunks.map((c) => String(c.files_id)));
    expect(pieces).toEqual(new Set(swept.files.map((f) => String(f._id))));
  },
  600_000,
);

it('data that is saved again at the moment of a sweep stays', async () => {
  await using world = await openSavingWorld();
  const object = { type: 'PeerTest.AnyType', name: 'x', data: { any: { again: 1 } } };
  await world.save('ann', object);
  const [content] = await world.contents('contents');
  await world.database.db.collection('versions').deleteMany({});
  const later = new Date(Date.now() + KEPT_MS + 60_000);
  // As a save does that finds it there.
  await world.database.upsertEach(contents, [{ id: String(content?._id), raise: { createdAt: later }, insert: {} }]);
  await sweepContents(world.database, SWEEP_START, { now: later, signal: new AbortController().signal });
  expect(await world.contents('contents')).toHaveLength(1);
});
