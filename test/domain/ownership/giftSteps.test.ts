import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChangeOwnership, changeOwnership } from '../../../src/domain/ownership/changeOwnership.ts';
import { mintAdmin, mintUser } from '../../../src/identity/mintAuthority.ts';
import { principals } from '../../../src/identity/principal.ts';
import { person } from '../../support/people.ts';
import { type Estate, openEstate, refusal, role, thing, workspace } from './estate.ts';

const PEOPLE = [
  ...['ann', 'bea', 'cec'].map((id) => person(id)),
  person('dan', { state: 'disabled' }),
  person('gus', { state: 'former', living: false }),
  person('p-pen', { username: 'pen', state: 'pending' }),
];
const W = '/@Catalog/shared/Q4';

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
});
afterAll(() => estate[Symbol.asyncDispose]());
beforeEach(async () => {
  await estate.reset(PEOPLE);
  await estate.put('roles', role('role-a', 'A'), role('role-b', 'B', { living: false }));
  await estate.put(
    'resources',
    thing('r1', { type: 'workbooks', externalId: W }),
    // An id that is the external one of another.
    thing('r2', { type: 'workbooks', externalId: 'r1' }),
    thing('r3', { type: 'analysis', externalId: '/@default/old' }),
    thing('r4', {
      type: 'manifest',
      owners: ['cec'],
      grants: [{ principal: 'bea', level: 'read' }],
    }),
    thing('r5', { type: 'manifest', owners: [] }),
  );
  await estate.put('workspaces', workspace(1, 'ann:a'), workspace(2, 'bea:a', { owners: ['bea'] }), workspace(3, 'b'));
});

type Gift = Omit<ChangeOwnership, 'accountType'> & Partial<Pick<ChangeOwnership, 'accountType'>>;
const give = (gift: Gift) =>
  estate.within(async (tx) => {
    const changed = await changeOwnership(tx, mintAdmin(new Date(0)), { accountType: 'User', ...gift });
    return { changed, notices: tx.notices.map(({ to, about, text }) => [to, about, text]), changes: tx.changes };
  });
const stored = async (id: string) => {
  const of = id.startsWith('ws') ? 'workspaces' : 'resources';
  const found = await estate.database.db.collection<{ _id: string }>(of).findOne({ _id: id });
  return found as unknown as ReturnType<typeof thing>;
};

describe('a resource that is given to another', () => {
  it.each<[string, Gift, string, string[]]>([
    ['by its id in its own system', { type: 'workbooks', id: W, owner: 'bea' }, 'r1', ['bea']],
    ['by an id that another has in its own system', { type: 'workbooks', id: 'r1', owner: 'bea' }, 'r2', ['bea']],
    ["by Steward's id", { type: 'workbooks', id: 'r2', owner: 'id:bea' }, 'r2', ['bea']],
    ['to a role', { type: 'workbooks', id: W, accountType: 'ApplicationRole', owner: 'A' }, 'r1', ['role-a']],
    ['which they could read before', { type: 'manifest', id: 'r4', owner: 'bea' }, 'r4', ['bea']],
    ['of nobody', { type: 'manifest', id: 'r5', owner: 'bea' }, 'r5', ['bea']],
  ])('%s has that owner, and no other', async (_, gift, id, owners) => {
    const { changed } = await give(gift);
    const wire = gift.accountType === 'ApplicationRole' ? 'role:A' : 'bea';
    expect(changed).toEqual({
      id,
      type: gift.type,
      accountType: gift.accountType ?? 'User',
      owner: wire,
      changed: true,
    });
    expect(await stored(id)).toMatchObject({ owners, grants: [] });
  });

  it('is told to the givers and the receiver, and not to one who keeps it', async () => {
    expect((await give({ type: 'workspace', id: 'ws3', owner: 'bea' })).notices).toEqual([
      ['bea', 'resourcesGiven', 'You are given workspace b of ann.'],
      ['ann', 'resourcesTaken', 'bea is given workspace b of yours.'],
    ]);
    await estate.put('resources', thing('r6', { type: 'manifest', owners: ['ann', 'cec'] }));
    const { notices } = await give({ type: 'manifest', id: 'r6', owner: 'ann' });
    expect(notices.map(([to]) => to)).toEqual(['ann', 'cec']);
    expect(await stored('r6')).toMatchObject({ owners: ['ann'], grants: [] });
  });

  it('is told to users only', async () => {
    const toRole = await give({ type: 'workbooks', id: W, accountType: 'ApplicationRole', owner: 'A' });
    expect(toRole.notices.map(([to]) => to)).toEqual(['ann']);
    const fromRole = await give({ type: 'workbooks', id: W, owner: 'bea' });
    expect(fromRole.notices.map(([to]) => to)).toEqual(['bea']);
  });

  it('stays as it is where they own it already, alone', async () => {
    const { changed, changes } = await give({ type: 'workbooks', id: W, owner: 'ann' });
    expect(changed).toEqual({ id: 'r1', type: 'workbooks', accountType: 'User', owner: 'ann', changed: false });
    expect(changes).toEqual([]);
  });

  it('leaves open accounts what is asked for, and closed ones nothing', async () => {
    await estate.put('resources', thing('r4', { type: 'manifest', owners: ['cec', 'gus', 'role-b', 'ann'] }));
    await give({ type: 'manifest', id: 'r4', owner: 'bea', previousOwner: 'read' });
    expect((await stored('r4')).grants).toEqual(
      ['cec', 'role-b', 'ann'].map((principal) => ({ principal, level: 'read' })),
    );
  });

  it('keeps a receiver who has not signed in yet as a former user, if they are deleted', async () => {
    await give({ type: 'workbooks', id: W, owner: 'pen' });
    expect((await estate.database.get(principals, 'p-pen'))?.named).toBe(true);
  });
});

describe('a workspace that is given to another', () => {
  it('has the name of its new owner before the colon, and the previous one administers it', async () => {
    await give({ type: 'workspace', id: 'ws1', owner: 'cec' });
    expect(await stored('ws1')).toMatchObject({
      ...{ owners: ['cec'], name: 'cec:a', grants: [{ principal: 'ann', level: 'admin' }] },
    });
  });

  it('has the name that is given, which must be free and one of the new owner', async () => {
    const gift = { type: 'workspace', id: 'ws1', owner: 'bea' } as const;
    expect(await refusal(give(gift))).toMatch(/^workspace_name_taken: /);
    expect(await refusal(give({ ...gift, new_name: 'bea:a' }))).toMatch(/^workspace_name_taken: /);
    expect(await refusal(give({ ...gift, new_name: 'ann:c' }))).toMatch(/^workspace_name_invalid: .*bea/);
    expect(await stored('ws1')).toMatchObject({ owners: ['ann'], name: 'ann:a' });
    const { notices } = await give({ ...gift, new_name: 'bea:c' });
    expect(await stored('ws1')).toMatchObject({ owners: ['bea'], name: 'bea:c' });
    expect(notices[0]).toEqual(['bea', 'resourcesGiven', 'You are given workspace bea:c of ann.']);
  });

  it('keeps a name without a colon, although it has it itself', async () => {
    await give({ type: 'workspace', id: 'ws3', owner: 'bea' });
    expect((await stored('ws3')).name).toBe('b');
  });
});

it.each<[Gift, RegExp]>([
  [
    { type: 'workbooks', id: W, owner: 'bea', new_name: 'x' },
    /^invalid_params: new_name is only for workspaces: the name of workbooks /,
  ],
  [{ type: 'workbooks', id: 'x', owner: 'bea' }, /^resource_missing: .*workbooks x/],
  [{ type: 'folders', id: W, owner: 'bea' }, /^resource_missing: .*folders/],
  [{ type: 'folders', id: 'r3', owner: 'bea' }, /^resource_missing: .*folders r3/],
  [{ type: 'workbooks', id: W, owner: 'x' }, /^user_unknown: /],
  [{ type: 'workbooks', id: W, owner: 'dan' }, /^recipient_unfit: /],
  [{ type: 'workbooks', id: W, owner: 'B', accountType: 'ApplicationRole' }, /^role_unknown: /],
  [{ type: 'workspace', id: 'ws1', owner: 'A', accountType: 'ApplicationRole' }, /^owner_kind_not_allowed: /],
  [{ type: 'analysis', id: 'r3', owner: 'A', accountType: 'ApplicationRole' }, /^owner_kind_not_allowed: /],
])('%j is refused', async (gift, refused) => {
  const before = await estate.owners();
  expect(await refusal(give(gift))).toMatch(refused);
  expect(await estate.owners()).toEqual(before);
});

it('to change an owner needs all rights', async () => {
  const authority = mintUser(person('ann'), { roles: [], friends: [] }, new Date(0));
  const gift = { type: 'workbooks', id: W, accountType: 'User', owner: 'bea' } as const;
  await expect(estate.within((tx) => changeOwnership(tx, authority, gift))).rejects.toThrow('needs all rights');
});
