import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Library, openLibrary } from './library.ts';

let world: Library;

/** open/head → shut/middle → shut/end, where ann can read `open` alone; `middle` names the end in its provenance. */
beforeAll(async () => {
  world = await openLibrary();
  await world.run('createWorkspace', { workspace: 'open' }, 'ann');
  await world.run('createWorkspace', { workspace: 'shut' }, 'bea');
  const end = await world.put({ ws: 2, name: 'end', by: 'bea', data: '{"the":"end"}' });
  const middle = await world.put({ ws: 2, name: 'middle', by: 'bea', provenanceRefs: [end] });
  await world.put({ ws: 1, name: 'head', refs: [middle] });
  await world.put({ ws: 2, name: 'end', by: 'bea', data: '{"the":"newer end"}' });
});
afterAll(() => world[Symbol.asyncDispose]());

const get = (object: unknown, user = 'ann') => world.call(user, 'get_objects2', { objects: [object] });
const fails = async (object: unknown, user = 'ann') =>
  (await world.fails(user, 'get_object_info3', { objects: [object] })).message;

describe('a path of references', () => {
  const path = ['1/1/1', '2/2/1', '2/1/1'];
  it.each([
    ['in the reference', { ref: 'open/head; shut/middle/1 ;shut/end/1' }],
    ['as objects', { ref: '1/1', obj_path: [{ wsid: 2, name: 'middle' }, { ref: '2/1/1' }] }],
    ['as references', { workspace: 'open', name: 'head', obj_ref_path: ['2/2', '2/1/1'] }],
    ['to it, as objects', { ref: '2/1/1', to_obj_path: [{ ref: '1/1' }, { ref: '2/2' }] }],
    ['to it, as references', { ref: '2/1/1', to_obj_ref_path: ['1/1', 'shut/middle'] }],
    ['that is searched for', { ref: '2/1/1', find_reference_path: 1 }],
  ])('given %s leads to an object that is not readable by itself', async (_, object) => {
    expect(await get(object)).toMatchObject({ data: [{ data: { the: 'end' }, path, creator: 'bea' }] });
  });

  it('must be whole: each object refers to the next', async () => {
    expect(await fails({ ref: '1/1;2/2;2/1' })).toBe(
      'Reference path #1 starting with object 1 in workspace 1, position 2: Object 2 in workspace 2 does not contain ' +
        'a reference to object 1 in workspace 2',
    );
    expect(await fails({ ref: 'open/head/1', obj_ref_path: ['2/1/1'] })).toBe(
      'Reference path #1 starting with object head version 1 in workspace open, position 1: Object head version 1 in ' +
        'workspace open does not contain a reference to object 1 version 1 in workspace 2',
    );
    expect(await fails({ ref: '1/1;2/99' })).toMatch(/does not contain a reference to object 99 in workspace 2$/);
  });

  it('begins with a readable object', async () => {
    expect(await fails({ ref: '2/2;2/1/1' })).toBe('Object 2 cannot be accessed: User ann may not read workspace 2');
    const ignored = { objects: [{ ref: '2/2;2/1/1' }, { ref: '1/1;2/2' }], ignoreErrors: 1 };
    expect(await world.call('ann', 'get_object_info3', ignored)).toMatchObject({ paths: [null, ['1/1/1', '2/2/1']] });
  });

  it('goes on through deleted objects and workspaces', async () => {
    await world.call('bea', 'delete_objects', [{ ref: '2/2' }]);
    await world.run('deleteWorkspace', { id: 2 });
    expect(await get({ ref: '1/1;2/2;2/1/1' })).toMatchObject({ data: [{ data: { the: 'end' }, path }] });
    expect(await get({ ref: '2/1/1', find_reference_path: 1 })).toMatchObject({ data: [{ path }] });
    await world.run('undeleteWorkspace', { id: 2 });
  });

  it('is not needed for a readable object', async () => {
    expect(await get({ ref: '2/1', find_reference_path: 1 }, 'bea')).toMatchObject({ data: [{ path: ['2/1/2'] }] });
  });

  it('that is not found is refused, whether the object exists or not', async () => {
    const latest = (what: string) =>
      `The latest version of object ${what} in workspace shut is not accessible to user ann`;
    expect(await fails({ ref: 'shut/end', find_reference_path: 1 })).toBe(latest('end'));
    expect(await fails({ ref: 'shut/nope', find_reference_path: 1 })).toBe(latest('nope'));
    expect(await fails({ ref: '2/1/2', find_reference_path: 1 })).toBe(
      'Version 2 of object 1 in workspace 2 is not accessible to user ann',
    );
    const nobody = await world.fails(null, 'get_objects2', { objects: [{ ref: '1/1', find_reference_path: 1 }] });
    expect(nobody.message).toMatch(/is not accessible to anonymous users$/);
  });

  it('does not begin with a deleted object', async () => {
    await world.call('ann', 'delete_objects', [{ ref: '1/1' }]);
    expect(await fails({ ref: '2/1/1', find_reference_path: 1 })).toMatch(/not accessible to user ann$/);
    expect(await fails({ ref: '1/1;2/2' })).toBe('Object 1 (name head) in workspace 1 (name open) has been deleted');
    await world.call('ann', 'undelete_objects', [{ ref: '1/1' }]);
  });

  it('is found by an administrator for a deleted object', async () => {
    const objects = [{ ref: '2/1/1', find_reference_path: 1 }];
    expect(await world.run('getObjectInfo', { objects })).toMatchObject({ paths: [['2/1/1']] });
    await world.call('bea', 'delete_objects', [{ ref: '2/1' }]);
    const path = ['2/2/1', '2/1/1'];
    expect(await world.run('getObjectInfo', { objects })).toMatchObject({ paths: [path] });
    expect(await world.run('getObjects', { objects })).toMatchObject({ data: [{ path }] });
    await world.call('bea', 'delete_objects', [{ ref: '2/2' }]);
    expect(await world.run('getObjectInfo', { objects })).toMatchObject({ paths: [['1/1/1', ...path]] });
    await world.call('ann', 'delete_objects', [{ ref: '1/1' }]);
    for (const command of ['getObjectInfo', 'getObjects']) {
      expect(await world.message(command, { objects })).toBe(
        'Version 1 of object 1 in workspace 2 is not accessible to user boss',
      );
    }
    await world.call('ann', 'undelete_objects', [{ ref: '1/1' }]);
    await world.call('bea', 'undelete_objects', [{ ref: '2/1' }, { ref: '2/2' }]);
  });
});

describe('a search for a path', () => {
  it('takes the shortest, and among those the first', async () => {
    await using far = await openLibrary();
    await far.run('createWorkspace', { workspace: 'shut' }, 'bea');
    await far.run('createWorkspace', { workspace: 'open' }, 'ann');
    const end = await far.put({ ws: 1, name: 'end', by: 'bea' });
    const step = await far.put({ ws: 1, name: 'step', by: 'bea', refs: [end] });
    await far.put({ ws: 2, name: 'long', refs: [step] });
    await far.put({ ws: 2, name: 'short', refs: [end] });
    await far.put({ ws: 2, name: 'short too', provenanceRefs: [end] });
    const objects = [
      { ref: end, find_reference_path: 1 },
      { ref: step, find_reference_path: 1 },
    ];
    expect(await far.call('ann', 'get_object_info3', { objects })).toMatchObject({
      paths: [
        ['2/2/1', '1/1/1'],
        ['2/1/1', '1/2/1'],
      ],
    });
  });

  it('ends where references form a cycle, and fails beyond 10,000 versions', async () => {
    await using wide = await openLibrary();
    await wide.run('createWorkspace', { workspace: 'shut' }, 'bea');
    await wide.put({ ws: 1, name: 'a', by: 'bea', refs: ['1/2/1'] });
    await wide.put({ ws: 1, name: 'b', by: 'bea', refs: ['1/1/1'] });
    const objects = [{ ref: '1/1/1', find_reference_path: 1 }];
    expect((await wide.fails('ann', 'get_object_info3', { objects })).reason).toBe('reference_path_missing');
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      ...{ _id: `ws1/${i + 10}/1` as never, revision: 1, ws: 1, id: i + 10, version: 1, refs: ['1/1/1'] },
    }));
    await wide.database.db.collection('versions').insertMany(many);
    expect((await wide.fails('ann', 'get_object_info3', { objects })).message).toBe('Reached reference search limit');
  });
});

describe('the objects that refer to an object', () => {
  it('are listed as far as the caller can read them, and all counted', async () => {
    const identities = [{ ref: '2/2/1' }, { ref: '2/1/1' }, { ref: '2/1/2' }];
    const listed = (await world.call('bea', 'list_referencing_objects', identities)) as unknown[][][];
    expect(listed.map((infos) => infos.map((info) => info[1]))).toEqual([[], ['middle'], []]);
    expect(await world.call('bea', 'list_referencing_object_counts', identities)).toEqual([1, 1, 0]);
    const lacking = [{ ref: '2/1/9' }];
    const which = 'No object with id 1 (name end) and version 9 exists in workspace 2';
    expect((await world.fails('bea', 'list_referencing_objects', lacking)).message).toMatch(`${which} (name `);
    expect((await world.fails('bea', 'list_referencing_object_counts', lacking)).message).toBe(which);
    expect((await world.fails('ann', 'list_referencing_objects', identities)).reason).toBe('permission_denied');
  });

  it('are read by chains in the deprecated method', async () => {
    const chain = [{ ref: '1/1' }, { ref: '2/2/1' }, { ref: '2/1/1' }];
    expect(await world.call('ann', 'get_referenced_objects', [chain])).toMatchObject([{ data: { the: 'end' } }]);
    const broken = await world.fails('ann', 'get_referenced_objects', [[{ ref: '1/1' }, { ref: '2/1/1' }]]);
    expect(broken.reason).toBe('reference_path_broken');
  });
});
