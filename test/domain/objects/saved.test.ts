import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLibrary } from './library.ts';
import { openSavingWorld, type SavingWorld, simple } from './savingWorld.ts';

let world: SavingWorld;

beforeAll(async () => {
  world = await openSavingWorld();
  await world.save('ann', simple({ name: 'simple', meta: { m: '1' }, provenance: [{ description: 'by hand' }] }));
  await world.save('ann', { type: 'PeerTest.RefType', name: 'refers', data: { refs: ['ann:one/simple'] } });
});
afterAll(() => world[Symbol.asyncDispose]());

describe('what was saved', () => {
  it('is read with its references, its provenance and its referrers', async () => {
    const objects = [{ ref: '1/refers' }, { ref: '1/2;1/1', included: ['/nums/1'] }];
    expect(await world.call('ann', 'get_objects2', { objects })).toMatchObject({
      data: [
        { data: { refs: ['1/1/1'] }, refs: ['1/1/1'], path: ['1/2/1'] },
        { data: { nums: [2] }, provenance: [{ description: 'by hand' }], path: ['1/2/1', '1/1/1'] },
      ],
    });
    expect(await world.call('ann', 'list_referencing_objects', [{ ref: '1/1' }])).toMatchObject([[{ 1: 'refers' }]]);
  });

  it('is listed by its type, and by the metadata that its type extracts', async () => {
    const names = async (params: object) =>
      ((await world.run('listObjects', { ids: [1], ...params })) as unknown[][]).map((info) => info[1]);
    expect(await names({ type: 'PeerTest.RefType-1' })).toEqual(['refers']);
    expect(await names({ meta: { thename: 'n1' } })).toEqual(['simple']);
  });

  it('is restored when it is saved again after its deletion', async () => {
    await world.call('ann', 'delete_objects', [{ ref: '1/1' }]);
    await world.save('ann', simple({ objid: 1 }));
    expect(await world.run('getObjectInfo', { objects: [{ ref: '1/1' }] })).toMatchObject({ paths: [['1/1/2']] });
  });

  it('is stored in the fields that the other tests write directly', async () => {
    await using library = await openLibrary();
    await library.run('createWorkspace', { workspace: 'books' }, 'ann');
    await library.put({ ws: 1, name: 'a', meta: { k: 'v' }, refs: ['1/1/1'] });
    for (const collection of ['objects', 'versions', 'contents', 'heads']) {
      const fields = async (from: typeof library | SavingWorld) =>
        new Set((await from.contents(collection)).flatMap((doc) => Object.keys(doc)));
      const [byHand, saved] = [await fields(library), await fields(world)];
      expect([...byHand].filter((field) => !saved.has(field)).sort()).toEqual([]);
    }
  });
});
