import fc from 'fast-check';
import { BSON, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditCollection, batchOf, recordHash } from '../../src/audit/record.ts';
import type { GetAudit, ResourceView } from '../../src/base/schemas/generated.ts';
import { abbreviated, cutToBytes, cutToCharacters } from '../../src/base/text.ts';
import { storedAnswers } from '../../src/gate/replay.ts';
import type { Change } from '../../src/store/changes.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import { MAX_CHANGE_BYTES } from '../../src/store/size.ts';
import { transact } from '../../src/store/transact.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';
import type { StoredRecord } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { transactRecorded } from '../support/recorded.ts';

const now = () => new Date();

interface Thing extends Stored {
  readonly text?: string;
}
const things = collection<Thing>('things');

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.database.prepare([things]);
});
afterAll(() => world[Symbol.asyncDispose]());

async function lastRecord(): Promise<StoredRecord> {
  return (await world.records()).at(-1) ?? Promise.reject(new Error('there is no record'));
}

/** A megabyte, less what JSON and BSON put around it. */
const megabyte = '世'.repeat(330_000);

async function make(type: string, more: object = {}): Promise<string> {
  const params = { type, name: type, owners: [{ accountType: 'User', owner: 'ann' }], ...more };
  return ((await world.run('createResource', params)) as ResourceView).id;
}

let blocks = 0;
/** A block of ann's with so many signals below it, each of a megabyte. */
async function heavyBlock(count: number): Promise<string> {
  blocks += 1;
  const at = new Date();
  const node = (i: number, type: string, parents: readonly string[], more: object = {}) => ({
    _id: `res-${String(blocks).padStart(8, '0')}-0000-4000-8000-${String(i).padStart(12, '0')}`,
    revision: 1,
    type,
    name: type,
    parents,
    owners: ['ann'],
    grants: [],
    visibility: 'private',
    createdAt: at,
    modifiedAt: at,
    ...more,
  });
  const root = node(0, 'block', []);
  const segment = node(1, 'segment', [root._id]);
  const data = JSON.stringify({ text: megabyte });
  const signals = [...Array(count).keys()].map((i) => node(i + 2, 'analogsignal', [segment._id], { data }));
  await world.database.db.collection('resources').insertMany([root, segment, ...signals] as never[]);
  return root._id;
}

describe('A8: many reads with long parameters of three bytes a character', () => {
  const CALLS = LONG ? 5_000 : 50;

  it('are all answered and recorded once, and so are those of others', { timeout: 300_000 }, async () => {
    const before = (await world.records()).length;
    const parameter = '世'.repeat(32_500);
    const read = (i: number) =>
      i % 5 === 0
        ? world.administer('boss', { command: 'listAdmins' }).then(() => 'ok')
        : world.refusal('boss', { command: 'getWorkspaceInfo', params: { workspace: parameter } });
    const answers = await Promise.all([...Array(CALLS).keys()].map(read));
    const expected = (i: number) => (i % 5 === 0 ? 'ok' : 'workspace_name_invalid');
    expect(answers).toEqual(answers.map((_, i) => expected(i)));
    const records = (await world.records()).slice(before);
    expect(records).toHaveLength(CALLS);
    expect(new Set(records.map((r) => r.requestId)).size).toBe(CALLS);
    expect(records.filter((r) => r.outcome === 'success')).toHaveLength(CALLS / 5);
    const batches = await world.database.db.collection('audit').find().toArray();
    for (const batch of batches) expect(BSON.calculateObjectSize(batch)).toBeLessThan(MAX_CHANGE_BYTES);
  });

  it('keep parameters of up to 32 KB of BSON, and a digest of longer ones', async () => {
    const kept = async (params: object) => {
      await world.refused('boss', { command: 'getWorkspaceInfo', params });
      const { params: own, paramsDigest } = await lastRecord();
      return own === undefined ? typeof paramsDigest : own;
    };
    const short = { workspace: '世'.repeat(10_000) };
    expect(await kept(short)).toEqual(short);
    expect(await kept({ workspace: '世'.repeat(11_000) })).toBe('string');
  });
});

describe('A8: a deletion of a whole branch', { timeout: 300_000 }, () => {
  it('that is too much for one record is refused with the bound, and nothing is deleted', async () => {
    const id = await heavyBlock(20);
    const before = await world.contents('resources');
    const records = (await world.records()).length;
    const error = await world.refused('boss', { command: 'deleteResource', params: { id, recursive: true } });
    expect(error.reason).toBe('change_too_big');
    expect(error.message).toMatch(
      /^Deleting block res-\S+ and 21 below it would change 19\d{6} bytes of data, more than 8000000; nothing was changed$/,
    );
    expect((await world.fails('ann', 'Resource.delete', { id, recursive: true })).reason).toBe('change_too_big');
    expect(await world.contents('resources')).toEqual(before);
    const left = (await world.records()).slice(records);
    expect(left.map((r) => [r.command, r.outcome, r.error])).toEqual([['deleteResource', 'failed', 'change_too_big']]);
  });

  it('that is not is carried out, and its record has all that was deleted', async () => {
    const id = await heavyBlock(7);
    await world.run('deleteResource', { id, recursive: true });
    const changes = (await lastRecord()).changes as Extract<Change, { op: 'remove' }>[];
    expect(changes.map((c) => c.op)).toEqual(Array(9).fill('remove'));
    const texts = changes.map((c) => (c.before as { data?: string }).data);
    expect(texts.filter((t) => t === JSON.stringify({ text: megabyte }))).toHaveLength(7);
  });
});

describe('A8: one transaction', () => {
  const text = '世'.repeat(2_000_000);

  it('is refused before it writes more than a record can list', async () => {
    const work = transact(world.database, { now }, async (tx) => {
      await tx.insert(things, { _id: 'one', text });
      await tx.insert(things, { _id: 'two', text });
    });
    await expect(work).rejects.toMatchObject({
      reason: 'change_too_big',
      message: expect.stringMatching(/^The call would change 12\d{6} bytes of data, more than 8000000; nothing/),
    });
    expect(await world.contents('things')).toEqual([]);
  });

  it('is refused alike when the driver or the server finds it too large, in a lane too', async () => {
    for (const options of [{ now }, { now, lane: 'objects' as const }]) {
      const tooLarge = transact(world.database, options, (tx) =>
        tx.insertEach(things, [{ _id: 'huge', text: text.repeat(3) }], 'told'),
      );
      await expect(tooLarge).rejects.toMatchObject({ reason: 'change_too_big' });
    }
    const grows = transactRecorded(world.database, { now }, async (tx) => {
      await tx.insertEach(things, [{ _id: 'grown', text: text.repeat(2) }], 'told');
      const [before] = await tx.parts(things, { _id: 'grown' }, { fields: [] });
      if (before !== undefined) await tx.update(things, before, { ...before, more: text.slice(0, 1_900_000) } as never);
    });
    await expect(grows).rejects.toMatchObject({ reason: 'change_too_big' });
    expect(await world.contents('things')).toEqual([]);
  });

  it('keeps no answer that is larger than a document can be', async () => {
    const work = transact(world.database, { now }, async (tx) => {
      const result = text.repeat(3);
      const receipt = { record: 'r', hash: 'h' };
      tx.append(storedAnswers, { _id: 'answer', revision: 1, request: 'q', result, receipt, at: tx.now });
    });
    await expect(work).rejects.toMatchObject({ reason: 'change_too_big' });
  });

  it('still tells other errors of the server as they are', async () => {
    const validator = { text: { $ne: 'poison' } };
    await world.database.db.command({ collMod: 'things', validator, validationAction: 'error' });
    const work = transact(world.database, { now }, (tx) =>
      tx.insertEach(things, [{ _id: 'p', text: 'poison' }], 'told'),
    );
    await expect(work).rejects.toBeInstanceOf(MongoServerError);
  });
});

describe('A8: a text that is cut', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 80 });

  it('has at most so many bytes, and as many whole characters as fit', () => {
    fc.assert(
      fc.property(texts, fc.nat(100), (text, max) => {
        const cut = cutToBytes(text, max);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut).not.toMatch(/\p{Surrogate}/u);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
        const [next] = text.slice(cut.length);
        if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(max);
      }),
      { numRuns: LONG ? 2_000 : 100 },
    );
  });

  it('or at most so many characters, all of them whole', () => {
    fc.assert(
      fc.property(texts, fc.nat(100), (text, max) => {
        expect(cutToCharacters(text, max)).toBe([...text].slice(0, max).join(''));
      }),
      { numRuns: LONG ? 2_000 : 100 },
    );
  });

  it.each([
    ['aé世😀', 0, ''],
    ['aé世😀', 1, 'a'],
    ['aé世😀', 2, 'a'],
    ['aé世😀', 3, 'aé'],
    ['aé世😀', 5, 'aé'],
    ['aé世😀', 6, 'aé世'],
    ['aé世😀', 9, 'aé世'],
    ['aé世😀', 10, 'aé世😀'],
  ])('%s has in %i bytes: %s', (text, max, cut) => {
    expect(cutToBytes(text, max)).toBe(cut);
  });

  it('says that it was cut, where it was', () => {
    expect([abbreviated('😀😀', 2), abbreviated('😀😀😀', 2)]).toEqual(['😀😀', '😀😀…']);
  });

  it('is an option of 1,000 characters, however many bytes they take', async () => {
    await world.administer('boss', { command: 'listAdmins', reason: '😀'.repeat(1_000) });
    expect((await lastRecord()).reason).toBe('😀'.repeat(1_000));
    const refusal = await world.refusal('boss', { command: 'listAdmins', reason: '😀'.repeat(1_001) });
    expect(refusal).toBe('option_invalid');
  });
});

describe('A8: the audit', { timeout: 300_000 }, () => {
  it('keeps its hashes where a name is cut in the middle of a character', async () => {
    const externalId = `${'a'.repeat(199)}😀${'b'.repeat(50)}`;
    await make('block', { externalId });
    const grants = [{ accountType: 'User', account: 'bea', level: 'read' }];
    await world.run('setAcl', { type: 'block', externalId, grants });
    const { hash, ...record } = await lastRecord();
    expect(JSON.stringify(record.notices)).toContain('😀.');
    expect(recordHash(record as never)).toBe(hash);
  });

  it('is read in pages of so many bytes, and nothing is left out or comes twice', async () => {
    const at = new Date();
    const changes = [{ collection: 'things', id: 't', op: 'insert', after: { text: '世'.repeat(1_500_000) } }] as const;
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const draft = {
        at,
        via: 'job',
        command: 'pages',
        outcome: 'success',
        authority: 'service',
        resources: [],
      } as const;
      const who = { actor: { id: 'x', name: 'x' }, requestId: String(i), address: '-' };
      const batch = batchOf(await world.database.clock.newId(), [
        { ...draft, ...who, changes },
        { ...draft, ...who, changes: [] },
      ]);
      await world.database.appendOne(auditCollection, batch);
      ids.push(...batch.records.map((r) => r.id));
    }
    for (const newestFirst of [false, true]) {
      const found: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined, more = true; more; pages += 1) {
        const page = (await world.run('getAudit', {
          command: 'pages',
          newestFirst,
          ...(cursor === undefined ? {} : { cursor }),
        })) as GetAudit['result'];
        found.push(...page.records.map((r) => r.record));
        cursor = page.next;
        more = cursor !== undefined;
      }
      expect(found).toEqual(newestFirst ? ids.toReversed() : ids);
      expect(pages).toBeGreaterThan(1);
    }
  });
});
