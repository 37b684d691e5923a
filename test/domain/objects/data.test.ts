import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wholeOf } from '../../../src/base/json/bytes.ts';
import { JsonText } from '../../../src/base/json/jsonText.ts';
import { originOf } from '../../support/house.ts';
import { type Library, openLibrary } from './library.ts';

let world: Library;
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
const EXACT = '{"a":1.0,"big":9007199254740993,"list":[1,2,3],"p":{"__proto__":1}}';

beforeAll(async () => {
  world = await openLibrary();
  await world.run('createWorkspace', { workspace: 'books' }, 'ann');
  await world.run('createWorkspace', { workspace: 'shut' }, 'bea');
  await world.put({ ws: 1, name: 'exact', data: EXACT, meta: { k: 'v' }, provenance: '[{"n":1.50}]' });
  await world.put({ ws: 1, name: 'other', data: '{"x":1}', refs: ['1/1/1'] });
});
afterAll(() => world[Symbol.asyncDispose]());

const get = (object: unknown, more: object = {}) => world.run('getObjects', { objects: [object], ...more });

async function text(params: unknown): Promise<string> {
  const { result } = await world.administer('boss', { command: 'getObjects', params });
  if (!(result instanceof JsonText)) throw new Error('not as text');
  const texts = result.chunks.map(async (c) => (typeof c === 'string' ? c : Buffer.from(await wholeOf(c)).toString()));
  return (await Promise.all(texts)).join('');
}

describe('the data of an object', () => {
  it('comes with its information and provenance', async () => {
    expect(await get({ ref: '1/2' })).toEqual({
      data: [
        {
          data: { x: 1 },
          info: [2, 'other', 'Mod.Type-1.0', INSTANT, 1, 'ann', 1, 'books', expect.any(String), 7, {}],
          path: ['1/2/1'],
          provenance: [],
          creator: 'ann',
          orig_wsid: 1,
          created: INSTANT,
          epoch: expect.any(Number),
          refs: ['1/1/1'],
          copy_source_inaccessible: 0,
          extracted_ids: {},
        },
      ],
    });
  });

  it('and its provenance are the bytes that were stored', async () => {
    const answer = await text({ objects: [{ ref: '1/1' }] });
    expect(answer).toContain(`"data":${EXACT},`);
    expect(answer).toContain('"provenance":[{"n":1.50}]');
    const subset = await text({ objects: [{ ref: '1/1', included: ['/big', '/list/[*]'] }] });
    expect(subset).toContain('"data":{"big":9007199254740993,"list":[1,2,3]},');
  });

  it('is left out on request, and its info can be an object', async () => {
    const found = (await get({ ref: '1/1' }, { no_data: 1, infostruct: 1 })) as { data: Record<string, unknown>[] };
    expect(found.data[0]).not.toHaveProperty('data');
    expect(found.data[0]).not.toHaveProperty('path');
    expect(found.data[0]).not.toHaveProperty('info');
    expect(found.data[0]?.infostruct).toMatchObject({
      name: 'exact',
      meta: { k: 'v' },
      adminmeta: {},
      path: ['1/1/1'],
    });
  });

  it('is null when errors are ignored, but not for an invalid selection', async () => {
    const objects = [{ ref: '1/1' }, { ref: '1/9' }];
    expect(await world.run('getObjects', { objects, ignoreErrors: 1, no_data: 1 })).toMatchObject({
      data: [{ creator: 'ann' }, null],
    });
    expect(await world.message('getObjects', { objects: [{ ref: '1/1', included: ['/list/9'] }] })).toBe(
      "Invalid selection: no array element exists at position '9', at: /list/9",
    );
  });

  it('is requested for at most 10,000 objects and a gigabyte at a time', async () => {
    const ref = await world.put({ ws: 1, name: 'huge' });
    const objects = Array.from({ length: 10_001 }, () => ({ ref }));
    expect(await world.message('getObjects', { objects })).toBe('At most 10000 objects can be requested at once');
    const versions = world.database.db.collection('versions');
    await versions.updateOne({ _id: `ws${ref}` as never }, { $set: { size: 600_000_000 } });
    expect(await world.message('getObjects', { objects: objects.slice(0, 2) })).toBe(
      'Too much data requested from the workspace at once; data requested including potential subsets is 1200000000B ' +
        'which exceeds maximum of 1000000000.',
    );
    expect(await world.run('getObjects', { objects: objects.slice(0, 2), no_data: 1 })).toBeDefined();
  });

  it('is shown to users who may read it, and to administrators', async () => {
    await world.put({ ws: 2, name: 'secret', by: 'bea', data: '{"s":1}' });
    expect((await world.fails('ann', 'get_objects2', { objects: [{ ref: '2/1' }] })).message).toBe(
      'Object 1 cannot be accessed: User ann may not read workspace 2',
    );
    expect(await get({ ref: 'shut/secret' })).toMatchObject({ data: [{ data: { s: 1 }, creator: 'bea' }] });
    await world.run('setGlobalPermission', { id: 2, new_permission: 'r' }, 'bea');
    expect(await world.call(null, 'get_objects2', { objects: [{ ref: '2/1' }] })).toMatchObject({
      data: [{ data: { s: 1 } }],
    });
  });

  it('of a thousand objects takes as many queries as of one', async () => {
    for (let i = 0; i < 40; i += 1) await world.put({ ws: 1, name: `many${i}`, data: `{"i":${i}}` });
    const count = async (objects: unknown[]) => {
      const parts = vi.spyOn(world.database, 'parts');
      await world.call('ann', 'get_objects2', { objects });
      const { length } = parts.mock.calls;
      parts.mockRestore();
      return length;
    };
    await count([{ ref: '1/1' }]);
    const one = await count([{ ref: '1/3' }]);
    const many = Array.from({ length: 39 }, (_, i) => ({ workspace: 'books', name: `many${i + 1}` }));
    // With names, there is at most one more query for the workspace and one for the objects.
    expect(await count(many)).toBeLessThanOrEqual(one + 1);
  });
});

describe('backend-file-retrieval-scaling', () => {
  it('is how many files are read at a time', async () => {
    const { db, files } = world.database;
    for (let i = 0; i < 6; i += 1) {
      const bytes = Buffer.from(JSON.stringify({ i, filler: 'x'.repeat(300_000) }));
      await world.put({ ws: 1, name: `large${i}`, data: bytes.toString() });
      const checksum = createHash('md5').update(bytes).digest('hex');
      await files.write(checksum, bytes);
      await db.collection('contents').updateOne({ _id: checksum as never }, { $unset: { inline: 1 } });
    }
    const objects = Array.from({ length: 6 }, (_, i) => ({ workspace: 'books', name: `large${i}` }));
    const mostAtOnce = async (scaling: number) => {
      await world.run('setConfig', { set: { 'backend-file-retrieval-scaling': scaling } });
      const read = files.read.bind(files);
      let now = 0;
      let most = 0;
      const spy = vi.spyOn(files, 'read').mockImplementation(async (name) => {
        now += 1;
        most = Math.max(most, now);
        const bytes = await read(name);
        now -= 1;
        return bytes;
      });
      const answer = (await world.run('getObjects', { objects })) as { data: { data: { i: number } }[] };
      expect(answer.data.map((o) => o.data.i)).toEqual([0, 1, 2, 3, 4, 5]);
      spy.mockRestore();
      return most;
    };
    expect(await mostAtOnce(1)).toBe(1);
    expect(await mostAtOnce(4)).toBe(4);
  });
});

describe('the deprecated methods', () => {
  it('still read data', async () => {
    expect(await world.call('ann', 'get_objects', [{ ref: '1/2' }])).toMatchObject([
      { data: { x: 1 }, path: ['1/2/1'] },
    ]);
    const parts = [{ ref: '1/1', included: ['/list/0'] }];
    expect(await world.call('ann', 'get_object_subset', parts)).toMatchObject([{ data: { list: [1] } }]);
    const [provenance] = (await world.call('ann', 'get_object_provenance', [{ ref: '1/1' }])) as object[];
    expect(provenance).toMatchObject({ provenance: [{ n: 1.5 }], creator: 'ann' });
    expect(Object.keys(provenance ?? {})).not.toContain('path');
    const tuple = ['other', 'Mod.Type-1.0', INSTANT, 1, '', 'ann', 'ann', 'books', '', expect.any(String), {}, 2];
    const named = { workspace: 'books', id: 'other' };
    expect(await world.call('ann', 'get_object', named)).toEqual({ data: { x: 1 }, metadata: tuple });
    expect(await world.call('ann', 'get_objectmeta', { ...named, instance: 1 })).toEqual(tuple);
    const listed = await world.call('ann', 'list_workspace_objects', { workspace: 'books' });
    expect(listed).toContainEqual(tuple);
  });

  it('still read infos', async () => {
    const object = [{ ref: '1/2' }];
    const infos = [[2, 'other', 'Mod.Type-1.0', INSTANT, 1, 'ann', 1, 'books', expect.any(String), 7, {}]];
    const method = world.gate.method('Workspace.get_object_info');
    if (method === undefined) throw new Error('it is gone');
    expect(method.paramCount).toBe(2);
    const origin = originOf('ann');
    const ann = await world.gate.identify(method, origin);
    expect(await world.gate.call(method, { caller: ann, params: [object, 1], origin })).toEqual({ result: infos });
    expect(await world.gate.call(method, { caller: ann, params: [object, 0], origin })).toMatchObject({
      result: [{ 10: null }],
    });
    expect(await world.call('ann', 'get_object_info_new', { objects: object, includeMetadata: 1 })).toEqual(infos);
  });
});
