import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Library, openLibrary } from './library.ts';

let world: Library;

beforeAll(async () => {
  world = await openLibrary();
  await world.run('createWorkspace', { workspace: 'books' }, 'ann');
  await world.run('createWorkspace', { workspace: 'shelf' }, 'bea');
  await world.call('ann', 'set_permissions', { id: 1, new_permission: 'r', users: ['cec'] });
  await world.put({ ws: 1, name: 'a', data: '{"v":1}', meta: { k: '1' }, savedAt: new Date('2020-01-01') });
  await world.put({ ws: 1, name: 'a', data: '{"v":2}', by: 'bea' });
  await world.put({ ws: 1, name: 'b', data: '{"b":1}', hidden: true });
});
afterAll(() => world[Symbol.asyncDispose]());

const info = async (object: unknown) => {
  const { infos } = (await world.run('getObjectInfo', { objects: [object], includeMetadata: 1 })) as {
    infos: unknown[][];
  };
  return infos[0] ?? [];
};
const modified = async () =>
  (
    (await world.database.db.collection('workspaces').findOne({ _id: 'ws1' as never })) as unknown as {
      modifiedAt: Date;
    }
  ).modifiedAt;

describe('an object', () => {
  it('is renamed by users who may write, and its workspace counts as changed', async () => {
    const before = await modified();
    const renamed = (await world.call('ann', 'rename_object', { obj: { ref: '1/b' }, new_name: 'c' })) as unknown[];
    expect(renamed.slice(0, 3)).toEqual([2, 'c', 'Mod.Type-1.0']);
    expect(await modified()).not.toEqual(before);
    const rename = (obj: object, new_name: string, user = 'ann') =>
      world.fails(user, 'rename_object', { obj, new_name }).then((e) => e.message);
    expect(await rename({ ref: '1/2' }, 'a')).toBe('There is already an object in the workspace named a');
    expect(await rename({ ref: '1/2' }, 'c')).toBe('Object is already named c');
    expect(await rename({ ref: '1/2' }, '7')).toBe('Object names cannot be integers: 7');
    expect(await rename({ ref: '1/2' }, 'x', 'cec')).toBe(
      'Object 2 cannot be accessed: User cec may not rename objects in workspace 1',
    );
    expect(await world.run('renameObject', { obj: { ref: '1/2' }, new_name: 'b' })).toMatchObject({ 1: 'b' });
  });

  it('is hidden and shown again, which is no change of its workspace', async () => {
    const before = await modified();
    const names = async () => ((await world.run('listObjects', { ids: [1] })) as unknown[][]).map((i) => i[1]);
    expect(await names()).toEqual(['a']);
    await world.call('ann', 'unhide_objects', [{ ref: '1/2' }]);
    expect(await names()).toEqual(['a', 'b']);
    await world.call('ann', 'hide_objects', [{ ref: '1/a' }, { ref: '1/1' }, { ref: '1/b' }]);
    expect(await names()).toEqual([]);
    await world.call('ann', 'unhide_objects', [{ ref: '1/1' }, { ref: '1/2' }]);
    expect(await modified()).toEqual(before);
    expect((await world.fails('cec', 'hide_objects', [{ ref: '1/1' }])).message).toBe(
      'Object 1 cannot be accessed: User cec may not hide objects from workspace 1',
    );
  });

  it('is deleted with all of its versions, and restored', async () => {
    const before = await modified();
    await world.call('ann', 'delete_objects', [{ ref: '1/1/1' }]);
    expect(await modified()).not.toEqual(before);
    const gone = 'Object 1 (name a) in workspace 1 (name books) has been deleted';
    for (const object of [{ ref: '1/1' }, { ref: '1/a/2' }]) {
      expect(await world.message('getObjectInfo', { objects: [object] })).toBe(gone);
      expect(await world.message('getObjects', { objects: [object] })).toBe(gone);
      expect(await world.message('getObjectHistory', object)).toBe(gone);
    }
    expect((await world.fails('ann', 'delete_objects', [{ ref: '1/1' }])).message).toBe(gone);
    expect((await world.fails('ann', 'hide_objects', [{ ref: '1/1' }])).message).toBe(gone);
    expect((await world.fails('ann', 'rename_object', { obj: { ref: '1/b' }, new_name: 'a' })).reason).toBe(
      'object_name_taken',
    );
    expect((await world.fails('cec', 'undelete_objects', [{ ref: '1/1' }])).message).toBe(
      'Object 1 cannot be accessed: User cec may not undelete objects from workspace 1',
    );
    await world.call('ann', 'undelete_objects', [{ ref: '1/1' }, { ref: '1/2' }]);
    expect((await info({ ref: '1/1' }))[4]).toBe(2);
  });

  it('is deleted and restored by an administrator, after a dry run', async () => {
    const object = { command: 'deleteObjects', params: { objects: [{ ref: '1/1' }, { ref: '1/2' }] } };
    const { result } = await world.administer('boss', { ...object, dryRun: true });
    const { changes, plan } = result as { changes: { id: string; fields: { path: string }[] }[]; plan: string };
    expect(changes.map((c) => c.id)).toEqual(['ws1/1', 'ws1/2', 'ws1']);
    expect(changes[0]?.fields.map((f) => f.path).sort()).toEqual(['deleted', 'deletedIn', 'modifiedAt']);
    expect(await world.run('listObjects', { ids: [1] })).toHaveLength(2);
    await world.administer('boss', { ...object, plan });
    expect(await world.run('listObjects', { ids: [1] })).toEqual([]);
    expect(await world.run('listObjects', { ids: [1], showOnlyDeleted: 1 })).toHaveLength(2);
    expect(await world.run('undeleteObjects', { objects: [{ ref: '1/1' }] })).toBeNull();
    const record = (await world.records()).filter((r) => r.command === 'undeleteObjects').at(-1);
    expect(record).toMatchObject({ via: 'command', authority: 'admin', outcome: 'success' });
    expect(JSON.stringify(record?.resources)).toContain('ws1');
  });

  it('is restored with its workspace, even if it was deleted before', async () => {
    expect(await world.message('getObjectInfo', { objects: [{ ref: '1/2' }] })).toMatch(/has been deleted$/);
    await world.run('deleteWorkspace', { id: 1 });
    expect(await world.message('getObjectInfo', { objects: [{ ref: '1/2' }] })).toBe(
      'Object 2 cannot be accessed: Workspace 1 is deleted',
    );
    await world.run('undeleteWorkspace', { id: 1 });
    expect((await info({ ref: '1/2' }))[1]).toBe('b');
    await world.call('ann', 'delete_objects', [{ ref: '1/2' }]);
    expect(await world.message('getObjectInfo', { objects: [{ ref: '1/2' }] })).toMatch(/has been deleted$/);
    await world.call('ann', 'undelete_objects', [{ ref: '1/2' }]);
  });

  it('is deleted once by two callers at the same time', async () => {
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map(() => world.call('ann', 'delete_objects', [{ ref: '1/2' }])),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    await world.call('ann', 'undelete_objects', [{ ref: '1/2' }]);
  });
});

describe('a copy', () => {
  it('to a new name has all versions, with who saved them', async () => {
    const copied = (await world.call('cec', 'create_workspace', { workspace: 'mine' })) as unknown[];
    expect(copied[0]).toBe(3);
    const made = await world.call('cec', 'copy_object', {
      from: { ref: '1/1' },
      to: { workspace: 'mine', name: 'a2' },
    });
    expect(made).toMatchObject({ 0: 1, 1: 'a2', 4: 2, 5: 'cec', 6: 3, 7: 'mine' });
    const history = (await world.call('cec', 'get_object_history', { ref: '3/1' })) as unknown[][];
    expect(history.map((i) => [i[4], i[5], i[10]])).toEqual([
      [1, 'cec', { k: '1' }],
      [2, 'cec', {}],
    ]);
    const { data } = (await world.call('cec', 'get_objects2', { objects: [{ ref: '3/1' }, { ref: '3/1/1' }] })) as {
      data: unknown[];
    };
    expect(data).toMatchObject([
      { data: { v: 2 }, creator: 'bea', orig_wsid: 1, copied: '1/1/2', copy_source_inaccessible: 0 },
      { data: { v: 1 }, creator: 'ann', orig_wsid: 1, copied: '1/1/1', created: '2020-01-01T00:00:00+0000' },
    ]);
  });

  it('does not name its source to callers who cannot read that', async () => {
    await world.call('cec', 'set_permissions', { id: 3, new_permission: 'r', users: ['dan'] });
    const read = async (user: string) =>
      ((await world.call(user, 'get_objects2', { objects: [{ ref: '3/1' }], no_data: 1 })) as { data: object[] })
        .data[0];
    expect(await read('dan')).toMatchObject({ copy_source_inaccessible: 1, creator: 'bea', orig_wsid: 1 });
    expect(await read('dan')).not.toHaveProperty('copied');
    await world.run('deleteWorkspace', { id: 1 });
    expect(await read('cec')).toMatchObject({ copy_source_inaccessible: 1 });
    await world.run('undeleteWorkspace', { id: 1 });
  });

  it('of a version, or to an existing object, is one version', async () => {
    const one = await world.call('cec', 'copy_object', {
      from: { ref: '1/1/1' },
      to: { workspace: 'mine', name: 'one' },
    });
    expect(one).toMatchObject({ 0: 2, 4: 1 });
    const next = await world.call('cec', 'copy_object', { from: { ref: '1/1' }, to: { ref: '3/2' } });
    expect(next).toMatchObject({ 0: 2, 1: 'one', 4: 2 });
    await world.call('cec', 'delete_objects', [{ ref: '3/2' }]);
    const back = await world.call('cec', 'copy_object', { from: { ref: '3/1/1' }, to: { ref: '3/2' } });
    expect(back).toMatchObject({ 4: 3 });
    expect(await world.call('cec', 'get_objects2', { objects: [{ ref: '3/2' }] })).toMatchObject({
      data: [{ copied: '3/1/1', creator: 'ann', data: { v: 1 } }],
    });
  });

  it('is refused for an invalid destination', async () => {
    const copy = (from: object, to: object, user = 'cec') =>
      world.fails(user, 'copy_object', { from, to }).then((e) => e.message);
    expect(await copy({ ref: '1/1' }, { ref: '3/99' })).toBe(
      'Copy destination is specified as object id 99 in workspace 3 which does not exist.',
    );
    expect(await copy({ ref: '1/1' }, { ref: '1/new' })).toBe(
      'Object new cannot be accessed: User cec may not write to workspace 1',
    );
    expect(await copy({ ref: '2/1' }, { ref: '3/new' })).toBe(
      'Object 1 cannot be accessed: User cec may not read workspace 2',
    );
    expect(await copy({ ref: '3/1' }, { workspace: 'mine', name: 'a b' })).toBe(
      'Illegal character in object name a b:  ',
    );
    expect(await copy({}, {})).toBe('Must provide one and only one of workspace name (was: null) or id (was: null)');
  });

  it('gets unique ids when many copy at the same time', async () => {
    const copies = Array.from({ length: 12 }, (_, i) =>
      world.call('cec', 'copy_object', { from: { ref: '1/1' }, to: { workspace: 'mine', name: `many${i % 6}` } }),
    );
    const made = (await Promise.all(copies)) as unknown[][];
    const places = made.map((i) => `${i[0]}/${i[4]}`);
    expect(new Set(places).size).toBe(12);
    const ids = new Map(made.map((i) => [i[1], i[0]]));
    expect(new Set(ids.values()).size).toBe(6);
  });
});

describe('a reversion', () => {
  it('makes an earlier version the newest again, with its source', async () => {
    expect(await world.call('cec', 'revert_object', { ref: '3/1/1' })).toMatchObject({
      4: 3,
      5: 'cec',
      10: { k: '1' },
    });
    const { data } = (await world.call('cec', 'get_objects2', { objects: [{ ref: '3/1' }] })) as { data: object[] };
    expect(data).toMatchObject([{ data: { v: 1 }, creator: 'ann', orig_wsid: 1, copied: '1/1/1' }]);
    expect((await world.fails('dan', 'revert_object', { ref: '3/1/1' })).message).toBe(
      'Object 1 cannot be accessed: User dan may not write to workspace 3',
    );
    expect((await world.fails('cec', 'revert_object', { ref: '3/1/9' })).reason).toBe('object_missing');
  });
});

describe('the metadata of administrators', () => {
  const alter = (updates: unknown[], user = 'boss') => world.call(user, 'alter_admin_object_metadata', { updates });
  const adminMeta = async (ref: string) => {
    const params = { objects: [{ ref }], infostruct: 1, includeMetadata: 1 };
    const { infostructs } = (await world.run('getObjectInfo', params)) as { infostructs: { adminmeta: object }[] };
    return infostructs[0]?.adminmeta;
  };

  it('is set and removed for each version, and is not in the tuples', async () => {
    await alter([
      { oi: { ref: '1/1/1' }, new: { a: '1', b: '2' } },
      { oi: { ref: '1/1/2' }, new: { a: '1' } },
      { oi: { ref: '1/1/1' }, new: { b: '3', c: '4' }, remove: ['a', 'c'] },
    ]);
    expect(await adminMeta('1/1/1')).toEqual({ b: '3' });
    expect(await adminMeta('1/1')).toEqual({ a: '1' });
    expect((await info({ ref: '1/1/1' }))[10]).toEqual({ k: '1' });
  });

  it('of one object that is sent several times is that of the last update', async () => {
    const updates = Array.from({ length: 1_001 }, (_, i) => ({ oi: { ref: '1/1' }, new: { often: String(i) } }));
    await world.call('boss', 'alter_admin_object_metadata', { updates });
    expect(await adminMeta('1/1')).toMatchObject({ often: '1000' });
    await world.call('boss', 'alter_admin_object_metadata', { updates: [{ oi: { ref: '1/1' }, remove: ['often'] }] });
  });

  it('is refused to others, and all updates or none are made', async () => {
    const message = (updates: unknown[], user = 'boss') =>
      world.fails(user, 'alter_admin_object_metadata', { updates }).then((e) => e.message);
    expect(await message([{ oi: { ref: '1/1' }, new: { x: '1' } }], 'ann')).toBe(
      'Full workspace serivce administrator permissions are required to alter object metadata',
    );
    const good = { oi: { ref: '1/1' }, new: { x: '1' } };
    expect(await message([])).toBe('updates list cannot be empty');
    const many = Array.from({ length: 1_001 }, (_, i) => ({ ...good, oi: { ref: `1/${i + 1}` } }));
    expect(await message(many)).toBe('No more than 1000 updates can be applied at once');
    expect(await message([good, null])).toBe('Error processing update index 1: ObjectMetadataUpdate cannot be null');
    expect(await message([{ ...good, more: 1 }])).toBe(
      'Error processing update index 0: Unexpected arguments in ObjectMetadataUpdate: more',
    );
    expect(await message([good, { oi: { ref: '1/1' } }])).toBe(
      'Error processing update index 1: A metadata update is required',
    );
    expect(await message([{ oi: { ref: '1/1', x: 1 }, new: { a: 'b' } }])).toBe(
      'Error processing update index 0: Unexpected arguments in ObjectIdentity: x',
    );
    expect(await message([{ ...good, new: { x: null } }])).toBe(
      'Error processing update index 0: Null value for metadata key x',
    );
    expect(await message([good, { ...good, oi: { ref: '9/1' } }])).toBe(
      'Object 1 cannot be accessed: No workspace with id 9 exists',
    );
    expect(await adminMeta('1/1')).toEqual({ a: '1' });
  });
});

describe('a locked workspace', () => {
  it('does not let its objects change', async () => {
    await world.call('ann', 'lock_workspace', { id: 1 });
    const locked = 'The workspace with id 1, name books, is locked and may not be modified';
    const message = (user: string, method: string, params: unknown) =>
      world.fails(user, method, params).then((e) => [e.reason, e.message]);
    const refused = ['workspace_locked', `Object 1 cannot be accessed: ${locked}`];
    for (const method of ['delete_objects', 'undelete_objects', 'hide_objects', 'unhide_objects']) {
      expect(await message('ann', method, [{ ref: '1/1' }])).toEqual(refused);
    }
    expect(await message('ann', 'rename_object', { obj: { ref: '1/1' }, new_name: 'x' })).toEqual(refused);
    expect(await message('ann', 'copy_object', { from: { ref: '1/2' }, to: { ref: '1/1' } })).toEqual(refused);
    expect(await message('ann', 'revert_object', { ref: '1/1/1' })).toEqual(refused);
    const updates = [{ oi: { ref: '1/1' }, new: { a: '1' } }];
    expect(await message('boss', 'alter_admin_object_metadata', { updates })).toEqual(refused);
    expect(await world.message('deleteObjects', { objects: [{ ref: '1/1' }] })).toBe(refused[1]);
    expect(await world.run('getObjectInfo', { objects: [{ ref: '1/1' }] })).toBeDefined();
  });
});
