import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Library, openLibrary } from './library.ts';

let world: Library;
const EARLY = new Date('2020-01-01T00:00:00Z');

beforeAll(async () => {
  world = await openLibrary();
  await world.run('createWorkspace', { workspace: 'one' }, 'ann');
  await world.run('createWorkspace', { workspace: 'two' }, 'bea');
  await world.put({ ws: 1, name: 'a', type: 'Mod.Type-1.0', meta: { k: 'old' }, savedAt: EARLY });
  await world.put({ ws: 1, name: 'b', type: 'Mod.Other-2.1', meta: { k: 'v' }, by: 'bea' });
  await world.put({ ws: 1, name: 'a', type: 'Mod.Type-1.1', meta: { k: 'new' } });
  await world.put({ ws: 1, name: 'hidden', hidden: true });
  await world.put({ ws: 1, name: 'gone', type: 'Mod.Type-2.0' });
  await world.put({ ws: 1, name: 'd', type: 'Mod.Type-1.0', savedAt: EARLY });
  await world.put({ ws: 2, name: 'z', by: 'bea' });
  await world.call('ann', 'delete_objects', [{ ref: '1/gone' }]);
});
afterAll(() => world[Symbol.asyncDispose]());

type Info = [number, string, string, string, number, string, number, string, string, number, object | null];
const short = (infos: unknown) => (infos as Info[]).map(([, name, , , version]) => `${name}.${version}`);
const list = async (params: object, user?: string) => short(await world.run('listObjects', params, user));

describe('a list of objects', () => {
  it.each([
    ['the newest versions', {}, ['a.2', 'b.1', 'd.1']],
    ['every version, the newer first', { showAllVersions: 1 }, ['a.2', 'a.1', 'b.1', 'd.1']],
    ['hidden ones', { showHidden: 1 }, ['a.2', 'b.1', 'hidden.1', 'd.1']],
    ['deleted ones', { showDeleted: 1 }, ['a.2', 'b.1', 'gone.1', 'd.1']],
    ['nothing but deleted ones', { showOnlyDeleted: 1 }, ['gone.1']],
    ['nothing but deleted ones of all versions', { showOnlyDeleted: 1, showAllVersions: 1 }, ['gone.1']],
    ['a type', { type: 'Mod.Type' }, ['a.2', 'd.1']],
    ['a type in a version', { type: 'Mod.Type-1', showAllVersions: 1 }, ['a.2', 'a.1', 'd.1']],
    ['a type in a full version', { type: 'Mod.Type-1.0' }, ['d.1']],
    ['a deleted type', { type: 'Mod.Type-2', showDeleted: 1 }, ['gone.1']],
    ['who saved it', { savedby: ['bea', 'nobody'] }, ['b.1']],
    ['nobody', { savedby: ['nobody'] }, []],
    ['metadata', { meta: { k: 'new' } }, ['a.2']],
    ['metadata, of the newest version alone', { meta: { k: 'old' } }, []],
    ['metadata of all versions', { meta: { k: 'old' }, showAllVersions: 1 }, ['a.1']],
    ['a time', { after: '2021-01-01T00:00:00Z' }, ['a.2', 'b.1']],
    ['a time, in milliseconds', { before_epoch: EARLY.getTime() + 1 }, ['d.1']],
    ['a time that excludes its ends', { before_epoch: EARLY.getTime() }, []],
    ['ids', { minObjectID: 2, maxObjectID: 3, showHidden: 1 }, ['b.1', 'hidden.1']],
    ['a page', { limit: 2 }, ['a.2', 'b.1']],
    ['any number where the limit is none', { limit: -1, perm: 'x', excludeGlobal: 1 }, ['a.2', 'b.1', 'd.1']],
    ['the place to begin', { startafter: '1/2' }, ['b.1', 'd.1']],
    ['the place to begin after', { startafter: '1/1/2' }, ['b.1', 'd.1']],
    ['the place to begin after, beyond the newest', { startafter: '1/1/9' }, ['a.2', 'b.1', 'd.1']],
    ['the version to begin after', { startafter: '1/1/2', showAllVersions: 1 }, ['a.1', 'b.1', 'd.1']],
    ['a workspace to begin with', { startafter: '1' }, ['a.2', 'b.1', 'd.1']],
    ['a workspace to begin with, behind', { startafter: '2' }, []],
    ['a workspace to begin with, and an object below 1', { startafter: '1/0' }, ['a.2', 'b.1', 'd.1']],
    ['everything where the workspace to begin with is below 1', { startafter: '0/2' }, ['a.2', 'b.1', 'd.1']],
    ['an object to begin with, and a version below 1', { startafter: ' 1 / 2 /-1' }, ['b.1', 'd.1']],
    ['a type and where to begin', { type: 'Mod.Type', startafter: '1/2' }, ['d.1']],
  ])('shows %s', async (_, params, expected) => {
    expect(await list({ ids: [1], ...params })).toEqual(expected);
  });

  it('has metadata only on request', async () => {
    const [first] = (await world.run('listObjects', { ids: [1], limit: 1 })) as Info[];
    expect(first?.[10]).toBeNull();
    const [again] = (await world.run('listObjects', { ids: [1], limit: 1, includeMetadata: 1 })) as Info[];
    expect(again?.[10]).toEqual({ k: 'new' });
  });

  it('goes through workspaces in the order of their ids', async () => {
    expect(await list({ workspaces: ['two'], ids: [1, 2] })).toEqual(['a.2', 'b.1', 'd.1', 'z.1']);
    expect(await list({ ids: [2, 1], startafter: '1/3' })).toEqual(['d.1', 'z.1']);
  });

  it('pages through all of it without a gap or a repetition', async () => {
    const all = await list({ ids: [1, 2], showAllVersions: 1 });
    const seen: string[] = [];
    let startafter: string | undefined;
    for (;;) {
      const params = { ids: [1, 2], showAllVersions: 1, limit: 1, ...(startafter ? { startafter } : {}) };
      const [info] = (await world.run('listObjects', params)) as Info[];
      if (info === undefined) break;
      seen.push(...short([info]));
      startafter = `${info[6]}/${info[0]}/${info[4]}`;
    }
    expect(seen).toEqual(all);
  });

  it.each([
    [{}, 'At least one and no more than 10000 workspaces must be specified'],
    [{ ids: [] }, 'At least one and no more than 10000 workspaces must be specified'],
    [{ ids: Array(10_001).fill(1) }, 'At least one and no more than 10000 workspaces must be specified'],
    [{ ids: [0] }, 'Workspace id must be > 0'],
    [{ ids: [99] }, 'No workspace with id 99 exists'],
    [{ ids: [1], limit: 2 ** 31 }, 'Limit can be no greater than 2147483647'],
    [{ ids: [1], meta: { a: '1', b: '2' } }, 'Only one metadata spec allowed'],
    [{ ids: [1], type: 'Nope' }, 'Type Nope could not be split into a module and name'],
    [{ ids: [1], savedby: ['a*'] }, 'Illegal character in user name a*: *'],
    [{ ids: [1], after: 'x' }, "Unparseable date: Text 'x' could not be parsed at index 0"],
    [{ ids: [1], before: '2020-01-01T00:00:00' }, "Date '2020-01-01T00:00:00' does not have time zone information"],
    [
      { ids: [1], after: '2020-01-01T00:00:00Z', after_epoch: 1 },
      'Cannot specify both timestamp and epoch for after parameter',
    ],
    [
      { ids: [1], startafter: '1/2', minObjectID: 2 },
      'If a starting reference for paging is provided, metadata, savers, min/max object IDs, and timestamps cannot be ' +
        'set as filters.',
    ],
    [{ ids: [1], startafter: '1/2/3/4' }, 'Illegal reference string, expected no more than 2 separators: 1/2/3/4'],
    [{ ids: [1], startafter: 'one/2' }, 'Illegal integer workspace ID in reference string one/2: one'],
    [{ ids: [1], startafter: '1/x' }, 'Illegal integer object ID in reference string 1/x: x'],
    [{ ids: [1], startafter: '1/2/y' }, 'Illegal integer version in reference string 1/2/y: y'],
  ])('of %j is refused', async (params, message) => {
    expect(await world.message('listObjects', params)).toBe(message);
  });

  it('is what a user would see, if one is named', async () => {
    expect(await world.message('listObjects', { ids: [2] }, 'ann')).toBe('User ann may not read workspace 2');
    await world.call('ann', 'set_permissions', { id: 1, new_permission: 'r', users: ['cec'] });
    // Only users who may write see deleted objects.
    expect(await list({ ids: [1], showDeleted: 1 }, 'cec')).toEqual(['a.2', 'b.1', 'd.1']);
    expect(await list({ ids: [1], showOnlyDeleted: 1 }, 'cec')).toEqual([]);
    expect(await list({ ids: [1], showOnlyDeleted: 1 }, 'ann')).toEqual(['gone.1']);
    expect(short(await world.call('ann', 'list_objects', { workspaces: ['one'] }))).toEqual(['a.2', 'b.1', 'd.1']);
    expect((await world.fails(null, 'list_objects', { ids: [1] })).message).toBe(
      'Anonymous users may not read workspace 1',
    );
  });

  it('is filled up after filtering', async () => {
    await using full = await openLibrary();
    await full.run('createWorkspace', { workspace: 'full' }, 'ann');
    const docs = Array.from({ length: 3_000 }, (_, i) => ({ id: i + 1, gone: i % 3 !== 0 }));
    await full.database.db.collection('objects').insertMany(
      docs.map(({ id, gone }) => ({
        ...{ _id: `ws1/${id}` as never, revision: 1, ws: 1, id, name: `n${id}`, latest: 1, hidden: false },
        ...(gone ? { deleted: true, deletedIn: 0 } : { deleted: false }),
      })),
    );
    await full.database.db.collection('versions').insertMany(
      docs.map(({ id }) => ({
        ...{ _id: `ws1/${id}/1` as never, revision: 1, ws: 1, id, version: 1, type: 'M.T-1.0', typeName: 'M.T' },
        ...{ savedBy: 'x', savedAt: EARLY, checksum: 'c', size: 1, adminMeta: [] },
      })),
    );
    const byObjects = (await full.run('listObjects', { ids: [1], limit: 900 })) as Info[];
    const byVersions = (await full.run('listObjects', { ids: [1], limit: 900, type: 'M.T' })) as Info[];
    expect(byObjects.map(([id]) => id)).toEqual(Array.from({ length: 900 }, (_, i) => 3 * i + 1));
    expect(byVersions).toEqual(byObjects);
    await full.run('deleteWorkspace', { id: 1 });
    await full.run('undeleteWorkspace', { id: 1 });
    expect(await full.run('listObjects', { ids: [1] })).toHaveLength(3_000);
  });
});

describe('names by prefix', () => {
  it('are found in each workspace, in order, without what is hidden or deleted', async () => {
    const find = (prefix: string, more: object = {}) =>
      world.call('ann', 'get_names_by_prefix', { workspaces: [{ id: 1 }], prefix, ...more });
    expect(await find('')).toEqual({ names: [['a', 'b', 'd']] });
    expect(await find('', { includeHidden: 1 })).toEqual({ names: [['a', 'b', 'd', 'hidden']] });
    expect(await find('.')).toEqual({ names: [[]] });
    expect((await world.fails('ann', 'get_names_by_prefix', { workspaces: [{ id: 2 }], prefix: 'z' })).message).toBe(
      'User ann may not read workspace 2',
    );
    expect(await world.call('ann', 'get_names_by_prefix', { workspaces: [], prefix: 'z' })).toEqual({ names: [] });
    expect((await world.fails('ann', 'get_names_by_prefix', { workspaces: [] })).message).toBe('prefix cannot be null');
  });
});
