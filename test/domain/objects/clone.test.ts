import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Library, openLibrary } from './library.ts';

let world: Library;

beforeAll(async () => {
  world = await openLibrary();
  await world.run('createWorkspace', { workspace: 'books', meta: { of: 'ann' } }, 'ann');
  await world.put({ ws: 1, name: 'a', data: '{"v":1}', meta: { k: '1' } });
  await world.put({ ws: 1, name: 'a', data: '{"v":2}', by: 'bea' });
  await world.put({ ws: 1, name: 'gone' });
  await world.put({ ws: 1, name: 'hidden', hidden: true, refs: ['1/1/1'] });
  await world.put({ ws: 1, name: 'last' });
  await world.call('ann', 'delete_objects', [{ ref: '1/gone' }]);
  await world.call('ann', 'set_permissions', { id: 1, new_permission: 'r', users: ['bea'] });
});
afterAll(() => world[Symbol.asyncDispose]());

type Info = unknown[];
const list = async (ws: string, more: object = {}) =>
  ((await world.run('listObjects', { workspaces: [ws], ...more })) as Info[]).map((i) => `${i[0]} ${i[1]}.${i[4]}`);

describe('a clone of a workspace', () => {
  it('has its objects under the same ids, with all of their versions, the hidden hidden and the deleted not', async () => {
    const info = await world.call('bea', 'clone_workspace', {
      wsi: { id: 1 },
      workspace: 'clone',
      meta: { of: 'bea' },
    });
    expect(info).toMatchObject([2, 'clone', 'bea', expect.any(String), 4, 'a', 'n', 'unlocked', { of: 'bea' }]);
    expect(await world.run('getWorkspaceInfo', { id: 2 })).toMatchObject({ 4: 4 });
    expect(await list('clone', { showAllVersions: 1 })).toEqual(['1 a.2', '1 a.1', '4 last.1']);
    expect(await list('clone', { showHidden: 1, showDeleted: 1 })).toEqual(['1 a.2', '3 hidden.1', '4 last.1']);
    const { data } = (await world.call('bea', 'get_objects2', { objects: [{ ref: 'clone/a' }] })) as { data: object[] };
    expect(data).toMatchObject([
      { data: { v: 2 }, copied: '1/1/2', creator: 'bea', orig_wsid: 1, info: { 5: 'bea', 6: 2, 7: 'clone' } },
    ]);
    const copy = await world.call('bea', 'copy_object', {
      from: { ref: '2/1' },
      to: { workspace: 'clone', name: 'new' },
    });
    expect(copy).toMatchObject({ 0: 5 });
  });

  it('excludes objects as requested, which must exist', async () => {
    const clone = { wsi: { workspace: 'books' }, workspace: 'less', exclude: [{ name: 'a' }, { objid: 4 }] };
    expect(await world.call('ann', 'clone_workspace', clone)).toMatchObject({ 4: 3 });
    expect(await list('less', { showHidden: 1 })).toEqual(['3 hidden.1']);
    const refused = async (exclude: object[]) =>
      (await world.fails('ann', 'clone_workspace', { ...clone, workspace: 'no', exclude })).message;
    expect(await refused([{ name: 'nope' }])).toBe('No object with name nope exists in workspace 1 (name books)');
    expect(await refused([{ name: 'a' }, {}])).toBe(
      'Error with excluded object #2: Must provide one and only one of object name (was: null) or id (was: null)',
    );
    expect(await world.message('getWorkspaceInfo', { workspace: 'no' })).toBe('No workspace with name no exists');
  });

  it('is made with all of its objects or not at all', async () => {
    const many = Array.from({ length: 2_500 }, (_, i) => i + 10);
    await world.database.db.collection('objects').insertMany(
      many.map((id) => ({
        ...{
          _id: `ws1/${id}` as never,
          revision: 1,
          ws: 1,
          id,
          name: `n${id}`,
          latest: 1,
          hidden: false,
          deleted: false,
        },
      })),
    );
    await world.database.db.collection('versions').insertMany(
      many.map((id) => ({
        ...{ _id: `ws1/${id}/1` as never, revision: 1, ws: 1, id, version: 1, type: 'M.T-1.0', typeName: 'M.T' },
        ...{
          savedBy: 'x',
          savedAt: new Date(),
          checksum: 'c',
          size: 1,
          adminMeta: [],
          extractedIds: [],
          provenance: '[]',
        },
      })),
    );
    const cloning = world.call('ann', 'clone_workspace', { wsi: { id: 1 }, workspace: 'large' });
    let done = false;
    void cloning.finally(() => {
      done = true;
    });
    const seen = new Set<number>();
    while (!done) {
      const names = await list('large', { limit: 10_000 }).catch(() => []);
      seen.add(names.length);
    }
    await cloning;
    expect(await list('large')).toHaveLength(2_502);
    expect([...seen].filter((n) => n !== 0 && n !== 2_502)).toEqual([]);
    const record = (await world.records()).filter((r) => r.command === 'Workspace.clone_workspace').at(-1);
    expect(JSON.stringify(record).length).toBeLessThan(5_000);
    expect(JSON.stringify(record)).toContain('versions of workspace 1');
  });
});
