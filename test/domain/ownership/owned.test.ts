import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listOwned, type OwnedQuery } from '../../../src/domain/ownership/owned.ts';
import { person } from '../../support/people.ts';
import { type Estate, openEstate, role, thing, workspace } from './estate.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
  await estate.reset(['ann', 'bea', 'cec'].map((id) => person(id)));
  const members = [{ principal: 'ann' }];
  await estate.put(
    'roles',
    ...[role('role-a', 'Z', { members }), role('role-b', 'A', { members }), role('role-c', 'C')],
  );
  const read = (principal: string) => ({ principal, level: 'read' as const });
  await estate.put(
    'resources',
    ...['r4', 'r3', 'r2', 'r1'].map((id) => thing(id)),
    thing('s1', { owners: ['bea'], grants: [{ principal: 'role-a', level: 'write' }, read('cec')] }),
    thing('s2', { owners: ['bea'], grants: [{ principal: 'cec', level: 'admin' }, read('ann')], externalId: 'S2' }),
    thing('s3', { owners: ['bea'], grants: [read('role-c')] }),
    thing('m1', { type: 'manifest', owners: ['bea', 'ann'] }),
    thing('w1', { type: 'workbooks', owners: ['role-b'], grants: [read('ann')] }),
  );
  await estate.put('workspaces', workspace(1, 'w'), workspace(2, 'v', { owners: ['cec'] }));
});
afterAll(() => estate[Symbol.asyncDispose]());

const listed = (query: Partial<OwnedQuery>) => listOwned(estate.database, { who: 'ann', ...query }, new Date(0));
const item = (id: string, level = 'owner') => ({ id, name: `name of ${id}`, level });

describe('what a user or a role has', () => {
  it('is counted by type, with examples, and includes what their roles have', async () => {
    expect(await listed({})).toEqual({
      ...{ who: 'ann', id: 'ann', roles: ['role:A', 'role:Z'] },
      types: [
        { type: 'workspace', having: 'owned', count: 1, examples: [{ id: 'ws1', name: 'w', level: 'owner' }] },
        { type: 'workbooks', having: 'owned', count: 1, examples: [item('w1')] },
        { type: 'workbooks', having: 'granted', count: 1, examples: [item('w1')] },
        { type: 'manifest', having: 'owned', count: 1, examples: [item('m1')] },
        { type: 'plate', having: 'owned', count: 4, examples: [item('r1'), item('r2'), item('r3')] },
        {
          ...{ type: 'plate', having: 'granted', count: 2 },
          examples: [item('s1', 'write'), { ...item('s2', 'read'), externalId: 'S2' }],
        },
      ],
    });
  });

  it('may be only what they own, or were granted', async () => {
    const havings = async (having: 'owned' | 'granted') =>
      (await listed({ having })).types.map((t) => [t.type, t.having]);
    expect(await havings('owned')).toEqual(
      ['workspace', 'workbooks', 'manifest', 'plate'].map((type) => [type, 'owned']),
    );
    expect(await havings('granted')).toEqual(['workbooks', 'plate'].map((type) => [type, 'granted']));
  });

  it('of a role is its own', async () => {
    const { roles, ...found } = await listed({ who: 'role:C' });
    expect(roles).toBeUndefined();
    expect(found).toMatchObject({ who: 'role:C', id: 'role-c', types: [{ type: 'plate', count: 1 }] });
    expect(await listed({ who: { accountType: 'ApplicationRole', account: 'C' } })).toMatchObject({ id: 'role-c' });
  });

  it('of one type is listed a page at a time, in the order of the ids', async () => {
    const first = await listed({ type: 'plate', limit: 3 });
    expect(first).toEqual({
      ...{ who: 'ann', id: 'ann', roles: ['role:A', 'role:Z'], types: [] },
      ...{ items: ['r1', 'r2', 'r3'].map((id) => item(id)), next: expect.any(String) },
    });
    const last = await listed({ type: 'plate', limit: 3, cursor: String(first.next) });
    expect(last.items).toEqual([item('r4')]);
    expect(last).not.toHaveProperty('next');
    const whole = await listed({ type: 'plate', limit: 4 });
    expect([whole.items?.length, whole.next]).toEqual([4, undefined]);
    expect((await listed({ type: 'plate', having: 'granted' })).items).toEqual([
      item('s1', 'write'),
      { ...item('s2', 'read'), externalId: 'S2' },
    ]);
    expect((await listed({ type: 'workspace' })).items).toMatchObject([{ id: 'ws1' }]);
  });

  it('is listed a hundred at a time, unless another number is asked for', async () => {
    const many = Array.from({ length: 101 }, (_, i) => thing(`t${String(i).padStart(3, '0')}`, { owners: ['cec'] }));
    await estate.database.db.collection<{ _id: string }>('resources').insertMany(many);
    const { items, next } = await listed({ who: 'cec', type: 'plate' });
    expect([items?.length, next]).toEqual([100, expect.any(String)]);
    await expect(listed({ type: 'plate', cursor: 'x' })).rejects.toMatchObject({ reason: 'invalid_params' });
  });
});
