import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inverses, type UpdateChange } from '../../../src/domain/ownership/inverse.ts';
import { selected, type Unmatched } from '../../../src/domain/ownership/selection.ts';
import {
  assertMayOwn,
  effectiveTransfer,
  type Move,
  moves,
  nameFor,
  readMovable,
  withOwnership,
} from '../../../src/domain/ownership/transfer.ts';
import { type Party, partyById } from '../../../src/identity/party.ts';
import type { Item } from '../../../src/jobs/parts.ts';
import { openWorld, type World } from '../workspaces/world.ts';
import { put, type Thing } from './things.ts';

const NOW = new Date('2026-06-01T00:00:00Z');

let world: World;
let bea: Party;
let crew: Party;
beforeAll(async () => {
  world = await openWorld();
  const role = (await world.run('createRole', { name: 'crew', members: ['dan'] })) as { id: string };
  bea = await partyById(world.database, 'bea');
  crew = await partyById(world.database, role.id);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const name of ['resources', 'workspaces']) await world.database.db.collection(name).deleteMany({});
});

const workspace = (number: number, name: string, fields: Partial<Thing> = {}) =>
  ({
    ...({ _id: `ws${number}`, number, type: 'workspace', deleted: false, locked: false, meta: [] } as object),
    name,
    ...fields,
  }) as Partial<Thing>;
const things = (...all: Partial<Thing>[]) => put(world, all.length, (i) => all[i] as Partial<Thing>);
const items = (all: readonly Thing[]): Item[] => all.map(({ _id: id, type }) => ({ id, type }));

/** What becomes of an item, in short. */
const brief = (move: Move) => {
  if (!('change' in move)) return [move.outcome, move.reason, ...(move.message === undefined ? [] : [move.message])];
  const { owners, name, grants, visibility } = move.change.after;
  return { owners, name, grants: grants.map((g) => `${g.principal} ${g.level}`), visibility };
};

describe('what becomes of items that somebody gives away', () => {
  const given = async (all: readonly Item[], to: Party = bea, more: object = {}) =>
    (await moves(world.database, all, { from: 'ann', to, ...more, now: NOW })).map(brief);

  it('is that the other owns them in their place, with the name that a workspace has with its owner', async () => {
    const all = await things(
      { owners: ['cec', 'ann'], type: 'manifest', name: 'm' },
      { owners: ['bea', 'ann'], type: 'manifest', name: 'n', grants: [{ principal: 'dan', level: 'write' }] },
      workspace(1, 'ann:x'),
      workspace(2, 'plain'),
    );
    expect(await given(items(all))).toEqual([
      { owners: ['cec', 'bea'], name: 'm', grants: [], visibility: 'private' },
      // dan's grant is none of the change.
      { owners: ['bea'], name: 'n', grants: [], visibility: 'private' },
      // KBase's old owner goes on administering a workspace.
      { owners: ['bea'], name: 'bea:x', grants: ['ann admin'], visibility: 'private' },
      { owners: ['bea'], name: 'plain', grants: ['ann admin'], visibility: 'private' },
    ]);
    const [, , read] = await given(items(all), bea, { previousOwner: 'read' });
    expect(read).toMatchObject({ grants: ['ann read'] });
  });

  it('is that the grants of the other go', async () => {
    const all = await things({ grants: [{ principal: 'bea', level: 'write' }] });
    const [move] = await moves(world.database, items(all), { from: 'ann', to: bea, now: NOW });
    expect(move).toMatchObject({ change: { before: { grants: [{ principal: 'bea' }] }, after: { grants: [] } } });
  });

  it('is nothing where they are gone, or not theirs any more', async () => {
    const [theirs, foreign] = await things({}, { owners: ['cec'] });
    const all = [{ id: 'res-gone', type: 'plate' }, ...items([foreign as Thing, theirs as Thing])];
    expect(await given(all)).toEqual([
      ['skipped', 'resource_missing'],
      ['skipped', 'changed_meanwhile'],
      expect.objectContaining({ owners: ['bea'] }),
    ]);
  });

  it('is a failure where a name is taken, by a workspace or by another item before it', async () => {
    await things(workspace(9, 'bea:taken', { owners: ['bea'] }));
    const all = await things(
      workspace(1, 'ann:taken'),
      workspace(2, 'ann:x'),
      workspace(3, 'old:x'),
      workspace(4, 'bea:own'),
      workspace(5, 'ann:own'),
    );
    expect(await given(items(all))).toEqual([
      ['failed', 'workspace_name_taken'],
      expect.objectContaining({ name: 'bea:x' }),
      ['failed', 'workspace_name_taken'],
      // It has the new owner's name already, and keeps it.
      expect.objectContaining({ name: 'bea:own' }),
      ['failed', 'workspace_name_taken'],
    ]);
    const claimed = new Set(['bea:x']);
    const later = await moves(world.database, items(all).slice(1, 2), { from: 'ann', to: bea, now: NOW, claimed });
    expect(later.map(brief)).toEqual([['failed', 'workspace_name_taken']]);
    const anew = { now: NOW, claimed: new Set<string>() };
    const free = await moves(world.database, items(all).slice(1, 2), { from: 'ann', to: bea, ...anew });
    expect(free.map(brief)).toEqual([expect.objectContaining({ name: 'bea:x' })]);
  });

  it('is a failure where the name cannot be one, which says what else can be done', async () => {
    const long = await partyById(world.database, 'bea');
    const to = { ...long, user: { ...(long as { user: object }).user, username: 'odd@name' } } as Party;
    const all = await things(workspace(1, 'ann:x'), workspace(2, 'x'));
    expect(await given(items(all), to)).toEqual([
      [
        'failed',
        'workspace_name_invalid',
        'Illegal character in workspace name odd@name:x: @: use changeOwnership with new_name, ' +
          'or remove the prefix with renameWorkspace',
      ],
      expect.objectContaining({ name: 'x' }),
    ]);
  });

  it('is a failure where it would leave more than 10,000 grants', async () => {
    const grants = Array.from({ length: 10_000 }, (_, i) => ({ principal: `p${i}`, level: 'read' as const }));
    const all = await things({ grants }, {});
    expect(await given(items(all), bea, { previousOwner: 'read' })).toEqual([
      ['failed', 'grants_full'],
      expect.objectContaining({ owners: ['bea'] }),
    ]);
  });

  it('is said of the first ones, where all of them are too much for one transaction', async () => {
    const friends = world.database.db.collection('friends');
    const pairs = Array.from({ length: 8_000 }, (_, i) => ['ann', `friend ${i}`]);
    await friends.insertMany(
      pairs.map((pair) => ({ _id: pair.join(), revision: 1, pair, agreed: ['ann'] })) as never[],
    );
    const all = await things({}, ...[1, 2, 3].map(() => ({ type: 'block' as const, visibility: 'friendly' as const })));
    const moved = await moves(world.database, items(all), { from: 'ann', to: bea, now: NOW });
    expect(moved.map(({ item }) => item.id)).toEqual(all.slice(0, 2).map(({ _id }) => _id));
    await friends.deleteMany({});
  });

  it('is a failure where the type is owned by no role', async () => {
    const all = await things(
      {},
      { type: 'workbooks', externalId: '/@Catalog/x' },
      { type: 'workbooks', externalId: '/@default/x' },
      workspace(1, 'ann:x'),
    );
    const refused = ['failed', 'owner_kind_not_allowed'];
    expect(await given(items(all), crew)).toMatchObject([refused, { owners: [crew.id] }, refused, refused]);
    expect(() => assertMayOwn({ type: 'plate' }, crew)).toThrow('A role cannot own a resource of type plate');
    assertMayOwn({ type: 'plate' }, bea);
    assertMayOwn({ type: 'workbooks', externalId: '/@default/x' }, bea);
  });
});

it('a workspace has a name by its owner, and the time of the change; other things keep both', () => {
  expect(nameFor({ type: 'workspace', name: 'ann:x' }, bea)).toBe('bea:x');
  expect(nameFor({ type: 'workspace', name: 'ann:x' }, crew)).toBe('ann:x');
  expect(nameFor({ type: 'plate', name: 'ann:x' }, bea)).toBe('ann:x');
  // It could not be given this name, and has it.
  expect(nameFor({ type: 'workspace', name: '12' }, bea)).toBe('12');
  const before = { _id: 'r', revision: 1, owners: ['ann'], grants: [], visibility: 'private', name: 'n' } as const;
  const to = { owners: ['bea'], name: 'm', now: NOW };
  const earlier = new Date(0);
  expect(withOwnership({ ...before, type: 'workspace', modifiedAt: earlier } as never, to)).toMatchObject({
    ...{ name: 'm', modifiedAt: NOW, grants: [{ principal: 'ann', level: 'admin' }] },
  });
  expect(withOwnership({ ...before, type: 'plate', modifiedAt: earlier } as never, to)).toMatchObject({
    ...{ name: 'n', modifiedAt: earlier, grants: [] },
  });
});

it('a closed account keeps nothing of what it gives', async () => {
  await world.signIn('eva');
  await world.run('deleteUser', undefined, 'eva');
  const closed = await effectiveTransfer(world.database, { from: 'eva', to: bea, previousOwner: 'keep' });
  expect(closed).toEqual({ from: 'eva', to: bea, previousOwner: 'drop' });
  expect(await effectiveTransfer(world.database, { from: 'ann', to: bea, previousOwner: 'keep' })).toEqual({
    ...{ from: 'ann', to: bea, previousOwner: 'keep' },
  });
  expect(await effectiveTransfer(world.database, { from: 'ann', to: bea })).toStrictEqual({ from: 'ann', to: bea });
});

describe('what takes changes back', () => {
  const update = (id: string, ...fields: UpdateChange['fields']): UpdateChange =>
    ({ collection: 'resources', op: 'update', id, fields }) as UpdateChange;
  const owners = { path: 'owners', before: ['ann'], after: ['bea'] };
  const typesOf = async (ids: readonly string[]) => new Map(ids.map((id) => [id, 'segment']));
  const inverse = async (changes: readonly UpdateChange[], claimed?: Set<string>) =>
    inverses(world.database, changes, { now: new Date(0), ...(claimed === undefined ? {} : { claimed }), typesOf });
  const back = async (changes: readonly UpdateChange[], claimed?: Set<string>) =>
    (await inverse(changes, claimed)).map(brief);

  it('is what each changed field was before', async () => {
    const [one] = (await things({
      owners: ['bea'],
      name: 'after',
      visibility: 'private',
      grants: [
        { principal: 'ann', level: 'admin' },
        { principal: 'dan', level: 'read' },
      ],
    })) as [Thing];
    const change = update(
      one._id,
      owners,
      { path: 'name', before: 'before', after: 'after' },
      { path: 'visibility', before: 'friendly', after: 'private' },
      { path: 'grants[ann]', after: { principal: 'ann', level: 'admin' } },
      { path: 'grants[bea]', before: { principal: 'bea', level: 'write' } },
      // Nothing that a transfer brings back.
      { path: 'modifiedAt', before: 1, after: 2 },
    );
    const [move] = await inverse([change]);
    if (move === undefined || !('change' in move)) throw new Error('it does not move');
    expect(brief(move)).toEqual({ owners: ['ann'], name: 'before', grants: ['bea write'], visibility: 'friendly' });
    expect(move.item).toEqual({ id: one._id, type: 'plate' });
  });

  it('is each grant that changed, and no other', async () => {
    const grant = (principal: string, level: 'read' | 'write' | 'admin') => ({ principal, level });
    const [one] = (await things({
      owners: ['bea'],
      grants: [grant('dan', 'write'), grant('ann', 'admin'), grant('cec', 'read')],
    })) as [Thing];
    const change = update(
      one._id,
      owners,
      { path: 'grants[cec]', before: grant('cec', 'write'), after: grant('cec', 'read') },
      { path: 'grants[ann]', after: grant('ann', 'admin') },
    );
    expect(await back([change])).toMatchObject([{ owners: ['ann'], grants: ['cec write'] }]);
  });

  it('gives nobody a right that has expired since then, and does not mind that it was removed', async () => {
    const ending = (expires: number) => ({ principal: 'cec', level: 'read', expires: new Date(expires) }) as const;
    const [kept, removed, lasting] = (await things(
      { owners: ['bea'], grants: [ending(0)] },
      { owners: ['bea'] },
      { owners: ['bea'] },
    )) as [Thing, Thing, Thing];
    const changes = [
      update(kept._id, owners, { path: 'grants[cec]', before: ending(0), after: ending(0) }),
      update(removed._id, owners, { path: 'grants[cec]', after: ending(0) }),
      update(lasting._id, owners, { path: 'grants[cec]', before: ending(1) }),
    ];
    const moves = (await inverse(changes)).map((move) => 'change' in move && move.change.after.grants);
    expect(moves).toEqual([[], [], [ending(1)]]);
  });

  it('is nothing where any of it is not as it was made, or it is gone', async () => {
    const [one, two, three, four] = (await things(
      { owners: ['bea', 'cec'] },
      { owners: ['bea'], name: 'another' },
      { owners: ['bea'], grants: [{ principal: 'ann', level: 'write' }] },
      { owners: ['bea'] },
    )) as [Thing, Thing, Thing, Thing];
    const grant = { path: 'grants[ann]', after: { principal: 'ann', level: 'admin' } };
    const changed = ['skipped', 'changed_meanwhile'];
    expect(
      await back([
        update(one._id, owners),
        update(two._id, owners, { path: 'name', before: 'n', after: 'm' }),
        update(three._id, owners, grant),
        update(four._id, owners, grant),
        update('res-gone', owners),
      ]),
    ).toEqual([changed, changed, changed, changed, ['skipped', 'resource_missing']]);
    const [gone] = await inverse([update('res-gone', owners)]);
    expect(gone?.item).toEqual({ id: 'res-gone', type: 'segment' });
  });

  it('is private where it would be for the friends of other owners', async () => {
    const [one] = (await things({ type: 'block', owners: ['bea'], visibility: 'friendly' })) as [Thing];
    expect(await back([update(one._id, owners)])).toMatchObject([{ owners: ['ann'], visibility: 'private' }]);
    const other = { ...owners, after: ['dan'] };
    expect(await back([update(one._id, other)])).toEqual([['skipped', 'changed_meanwhile']]);
    const open = update(one._id, owners, { path: 'visibility', before: 'public', after: 'friendly' });
    expect(await back([open])).toMatchObject([{ owners: ['ann'], visibility: 'public' }]);
  });

  it('is a failure where a name is taken by now, or by another before it', async () => {
    await things(workspace(9, 'ann:x', { owners: ['ann'] }));
    const all = await things(
      workspace(1, 'bea:x', { owners: ['bea'] }),
      workspace(2, 'bea:y', { owners: ['bea'] }),
      workspace(3, 'bea:z', { owners: ['bea'] }),
    );
    const names = ['ann:x', 'ann:y', 'ann:y'];
    const changes = all.map(({ _id, name }, i) => update(_id, owners, { path: 'name', before: names[i], after: name }));
    const taken = ['failed', 'workspace_name_taken'];
    expect(await back(changes)).toEqual([taken, expect.objectContaining({ name: 'ann:y' }), taken]);
    const claimed = new Set<string>();
    expect(await back(changes.slice(1, 2), claimed)).toEqual([expect.objectContaining({ name: 'ann:y' })]);
    expect(await back(changes.slice(2), claimed)).toEqual([taken]);
  });
});

describe('what somebody has of a selection', () => {
  const ids = async (selection: Parameters<typeof selected>[2], owner = 'ann') =>
    (await selected(world.database, owner, selection)).items.map(({ id }) => id);
  const left = async (...given: string[]) =>
    (await selected(world.database, 'ann', { ids: given })).unmatched.map(({ item, outcome, reason }: Unmatched) => [
      ...[item.id, item.type, outcome, reason],
    ]);

  it('is everything without one: workspaces by their numbers, other things by their ids', async () => {
    await things(workspace(10, 'b'), workspace(9, 'a'), workspace(8, 'c', { owners: ['bea'] }));
    const plates = await things({ _id: 'res-b' }, { _id: 'res-a', owners: ['cec', 'ann'] }, { owners: ['bea'] });
    expect(await ids({})).toEqual(['ws9', 'ws10', 'res-a', 'res-b']);
    expect((await selected(world.database, 'ann', {})).items[2]).toEqual({ id: 'res-a', type: plates[1]?.type });
    expect(await ids({}, 'dan')).toEqual([]);
  });

  it('is what all of it names: types, ids, name and what it hangs below', async () => {
    await things(
      { _id: 'res-a', type: 'section', name: 'one', externalId: 'A' },
      { _id: 'res-b', type: 'block', name: 'two', parents: ['res-a'] },
      { _id: 'res-c', type: 'segment', name: 'three', parents: ['res-b'], externalId: 'C' },
      { _id: 'res-d', type: 'block', name: 'four', owners: ['bea'], parents: ['res-a'] },
      { _id: 'res-e', type: 'block', name: 'five' },
    );
    expect(await ids({ types: ['block', 'segment'] })).toEqual(['res-b', 'res-c', 'res-e']);
    expect(await ids({ ids: ['res-b', 'C', 'res-d', 'none'] })).toEqual(['res-b', 'res-c']);
    expect(await ids({ name: 't*' })).toEqual(['res-b', 'res-c']);
    expect(await ids({ under: 'res-a' })).toEqual(['res-a', 'res-b', 'res-c']);
    expect(await ids({ under: 'A', types: ['block'] })).toEqual(['res-b']);
    expect(await ids({ under: 'res-b', name: 'two' })).toEqual(['res-b']);
    expect(await ids({ types: ['block'], name: 'three' })).toEqual([]);
    expect(await ids({ types: ['segment'], ids: ['res-b', 'res-c'], name: '*e*' })).toEqual(['res-c']);
    await expect(ids({ under: 'none' })).rejects.toMatchObject({
      ...{ reason: 'resource_missing', message: expect.stringContaining('resource none') },
    });
  });

  it('leaves ids that are nothing of theirs, each once', async () => {
    await things({ _id: 'res-a', externalId: 'A' }, { _id: 'res-b', type: 'block', owners: ['bea'], externalId: 'B' });
    expect(await left('res-a', 'A')).toEqual([]);
    expect(await left('res-b', 'B', 'B')).toEqual([['res-b', 'block', 'skipped', 'not_the_owner']]);
    expect(await left('none', 'none', 'res-a')).toEqual([['none', 'unknown', 'skipped', 'resource_missing']]);
    expect(await left('B')).toEqual([['res-b', 'block', 'skipped', 'not_the_owner']]);
    await things({ type: 'manifest', externalId: '/b1/manifest' });
    expect(await left('https://iiif.example.org/b1/manifest')).toEqual([]);
    expect((await selected(world.database, 'ann', {})).unmatched).toEqual([]);
  });
});

it('of a resource that changes hands only certain grants are read', async () => {
  const [one] = (await things({
    grants: [
      { principal: 'bea', level: 'read' },
      { principal: 'dan', level: 'read' },
    ],
  })) as [Thing];
  const [read] = await readMovable(world.database, [one._id], ['bea', 'ann']);
  expect(read?.grants.map((g) => g.principal)).toEqual(['bea']);
});
