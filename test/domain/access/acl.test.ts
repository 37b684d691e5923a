import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GetAcl, ResourceView, SetAcl, SetAclMass } from '../../../src/base/schemas/generated.ts';
import { ITEM_LIMITS } from '../../../src/store/size.ts';
import { LONG } from '../../support/long.ts';
import { openWorld, type World } from '../workspaces/world.ts';
import { forests, ROLES, type Tree } from './forest.ts';
import * as reference from './reference.ts';

/** What a deletion may reach takes long to make: by default it may reach as much as a change of rights. */
const MAX_DELETION = LONG ? ITEM_LIMITS.perDeletion : 5_000;

let world: World;
beforeAll(async () => {
  world = await openWorld({ limits: { perDeletion: MAX_DELETION } });
  await world.run('createRole', { name: 'crew', members: ['dan'] });
});
afterAll(() => world[Symbol.asyncDispose]());

type Grant = SetAcl['params']['grants'];
const make = async (type: string, owner: string, more: object = {}) => {
  const owners = [{ accountType: 'User', owner }];
  return (await world.run('createResource', { type, name: type, owners, ...more })) as ResourceView;
};
const user = (account: string, level?: string) => ({ accountType: 'User', account, ...(level ? { level } : {}) });
const acl = async (id: string) => (await world.run('getAcl', { id })) as GetAcl['result'];
const set = async (params: object) => (await world.run('setAcl', params)) as SetAcl['result'];
const held = async (id: string) => Object.fromEntries((await acl(id)).grants.map((g) => [g.account, g.level]));

describe('the rights on a resource', () => {
  it('are replaced, added to and removed', async () => {
    const { id } = await make('block', 'ann');
    await set({
      id,
      grants: [user('bea', 'read'), { accountType: 'ApplicationRole', account: 'crew', level: 'write' }],
    });
    expect(await acl(id)).toStrictEqual({
      id,
      type: 'block',
      owners: [{ accountType: 'User', owner: 'ann', id: 'ann' }],
      visibility: 'private',
      grants: [
        { accountType: 'User', account: 'bea', id: 'bea', level: 'read' },
        { accountType: 'ApplicationRole', account: 'crew', id: expect.stringMatching(/^role-/), level: 'write' },
      ],
    });
    await set({ id, mode: 'merge', grants: [user('bea', 'admin'), user('cec', 'read')] });
    expect(await held(id)).toEqual({ bea: 'admin', cec: 'read', crew: 'write' });
    await set({ id, mode: 'remove', grants: [user('bea'), user('dan')] });
    expect(await held(id)).toEqual({ cec: 'read', crew: 'write' });
    await set({ id, visibility: 'friendly' });
    expect(await held(id)).toEqual({ cec: 'read', crew: 'write' });
    expect(await set({ id, grants: [] })).toMatchObject({ grants: [], visibility: 'friendly', changed: [id] });
  });

  it('can be set again as they are shown, which changes nothing', async () => {
    const { id } = await make('block', 'ann', { externalId: 'again' });
    await set({ id, grants: [user('bea', 'read'), user('cec', 'write')], visibility: 'public' });
    const { grants, visibility, externalId } = await acl(id);
    expect(externalId).toBe('again');
    const before = await world.contents('resources');
    expect(await set({ type: 'block', externalId: 'again', grants, visibility })).toMatchObject({
      changed: [],
      unchanged: 1,
    });
    expect(await world.contents('resources')).toEqual(before);
  });

  it.each([
    [{}, 'Give visibility, grants or both'],
    [{ grants: [user('bea')] }, 'Each of grants must have a level: read, write or admin'],
    [{ grants: [user('bea', 'read'), user('bea', 'write')] }, 'grants names somebody twice'],
    [{ grants: [user('bea', 'read'), user('id:bea', 'read')] }, 'grants names somebody twice'],
    [{ grants: [user('nobody', 'read')] }, 'User nobody is not a valid user'],
    [{ grants: [{ accountType: 'ApplicationRole', account: 'ann', level: 'read' }] }, 'Role ann does not exist'],
    [{ grants: [user('bea', 'owner')] }, /must be one of read, write, admin/],
    [{ grants: [user('crew', 'read')] }, 'User crew is not a valid user'],
  ])('are refused as a whole when something is wrong: %j', async (change, said) => {
    const { id } = await make('block', 'ann');
    expect(await world.message('setAcl', { id, ...change })).toMatch(said);
    expect((await acl(id)).grants).toEqual([]);
  });

  it('skip the owner, with a remark in the audit', async () => {
    const { id } = await make('block', 'ann');
    await set({ id, grants: [user('ann', 'read'), user('bea', 'read')] });
    expect(await held(id)).toEqual({ bea: 'read' });
    expect((await world.records()).at(-2)).toMatchObject({
      command: 'setAcl',
      remarks: [`ann owns block ${id}: no grant is needed there`],
    });
  });

  it('of a resource without rights of its own are those of its parent', async () => {
    const section = await make('section', 'ann');
    const property = (await world.run('createResource', {
      type: 'property',
      name: 'p',
      parents: [section.id],
    })) as ResourceView;
    const value = (await world.run('createResource', {
      type: 'value',
      name: 'v',
      parents: [property.id],
    })) as ResourceView;
    expect((await acl(value.id)).id).toBe(section.id);
    expect(await world.message('setAcl', { id: value.id, visibility: 'public' })).toBe(
      `value ${value.id} has no rights of its own: they come from property ${property.id}`,
    );
    await set({ id: section.id, grants: [user('bea', 'read')] });
    await world.call('bea', 'Resource.get', { id: value.id });
    expect((await world.fails('bea', 'Resource.update', { id: value.id, name: 'w' })).reason).toBe('permission_denied');
    await set({ id: section.id, grants: [user('bea', 'write')] });
    await world.call('bea', 'Resource.update', { id: value.id, name: 'w' });
  });

  it('take no more than 10,000 grants', async () => {
    const { id } = await make('block', 'ann');
    const grants = Array.from({ length: 10_000 }, (_, i) => ({ principal: `p${i}`, level: 'read' }));
    await world.database.db.collection<{ _id: string }>('resources').updateOne({ _id: id }, { $set: { grants } });
    expect(await world.message('setAcl', { id, mode: 'merge', grants: [user('bea', 'read')] })).toBe(
      'A resource can have at most 10000 grants',
    );
    expect(await set({ id, grants: [user('bea', 'read')] })).toMatchObject({ changed: [id] });
    expect(await held(id)).toEqual({ bea: 'read' });
  });
});

describe('a cascade', () => {
  async function branch() {
    const section = await make('section', 'ann');
    const block = await make('block', 'ann', { parents: [section.id] });
    const foreign = await make('segment', 'bea', { parents: [block.id] });
    const below = await make('spiketrain', 'ann', { parents: [foreign.id] });
    const property = (await world.run('createResource', {
      type: 'property',
      name: 'p',
      parents: [section.id],
    })) as ResourceView;
    return { section: section.id, block: block.id, foreign: foreign.id, below: below.id, property: property.id };
  }
  const grants: Grant = [{ accountType: 'User', account: 'cec', level: 'read' }];

  it('by an administrator reaches everything that its rule names', async () => {
    const tree = await branch();
    const { changed, skipped } = await set({ id: tree.section, grants, cascade: true });
    expect(changed).toEqual([tree.section, tree.block, tree.foreign, tree.below]);
    expect(skipped).toEqual([]);
    const deep = await set({ id: tree.section, grants: [], cascade: true, depth: 1 });
    expect(deep.changed).toEqual([tree.section, tree.block]);
  });

  it('that reaches a resource that the caller may not change is refused, or skips and names it', async () => {
    const tree = await branch();
    const change = { id: tree.section, grants, cascade: true };
    expect((await world.fails('ann', 'Resource.set_acl', change)).message).toBe(
      `User ann may not share segment ${tree.foreign} below section ${tree.section}; nothing was changed`,
    );
    expect(await held(tree.section)).toEqual({});
    expect(await world.call('ann', 'Resource.set_acl', { ...change, unchangeable: 'skip' })).toMatchObject({
      changed: [tree.section, tree.block, tree.below],
      skipped: [tree.foreign],
    });
    expect(await held(tree.foreign)).toEqual({});
    expect((await world.fails('bea', 'Resource.set_acl', { ...change, unchangeable: 'skip' })).reason).toBe(
      'permission_denied',
    );
  });

  it('does what its dry run shows, and its plan is refused once the branch has changed', async () => {
    const tree = await branch();
    const command = { command: 'setAcl', params: { id: tree.section, grants, cascade: true, visibility: 'public' } };
    const before = await world.contents('resources');
    const dry = (await world.administer('boss', { ...command, dryRun: true })).result as {
      changes: { id: string }[];
      plan: string;
    };
    expect(await world.contents('resources')).toEqual(before);
    expect(dry.changes.map((c) => c.id)).toEqual([tree.section, tree.block, tree.foreign, tree.below]);
    await world.run('updateResource', { id: tree.block, name: 'renamed' });
    expect(await world.refusal('boss', { ...command, plan: dry.plan })).toBe('plan_stale');
    const again = (await world.administer('boss', { ...command, dryRun: true })).result as typeof dry;
    await world.administer('boss', { ...command, plan: again.plan });
    const record = (await world.records()).at(-1);
    expect(record).toMatchObject({ command: 'setAcl', outcome: 'success', changes: again.changes });
  });

  it('larger than one call may change is refused before anything is changed', async () => {
    const { id } = await make('collection', 'ann');
    const many = Array.from({ length: MAX_DELETION + 1 }, (_, i) => ({
      ...{ _id: `m${i}`, revision: 1, type: 'manifest', name: 'm', parents: [id], owners: [], grants: [] },
      ...{ visibility: 'public', createdAt: new Date(), modifiedAt: new Date() },
    }));
    await world.database.db.collection<{ _id: string }>('resources').insertMany(many as never);
    const said = `collection ${id} would reach more than 5000 resources`;
    expect(await world.message('setAcl', { id, visibility: 'private', cascade: true })).toBe(said);
    expect(await world.message('deleteResource', { id, recursive: true })).toBe(
      `collection ${id} would reach more than ${MAX_DELETION} resources`,
    );
    expect(await world.message('deleteResource', { id })).toBe(`collection ${id} has ${MAX_DELETION} or more below it`);
    await world.database.db.collection('resources').deleteMany({ type: 'manifest' });
  });

  it('in random trees in the database has the result of a separate implementation of the rules', async () => {
    const persons = fc.constantFrom('ann', 'bea', 'cec', 'dan');
    const modes = fc.constantFrom('replace' as const, 'merge' as const, 'remove' as const);
    let n = 0;
    await fc.assert(
      fc.asyncProperty(forests, persons, modes, fc.boolean(), async (drawn, who, mode, skip) => {
        n += 1;
        const rename = (id: string) => `${n}-${id}`;
        const forest = drawn.map((t): Tree => ({ ...t, _id: rename(t._id), parents: t.parents.map(rename) }));
        const [root] = forest as [Tree];
        const now = new Date();
        const docs = forest.map((t) => ({ ...t, createdAt: now, modifiedAt: now }));
        await world.database.db.collection<{ _id: string }>('resources').insertMany(docs as never);
        const given = [{ principal: 'cec', level: 'write' as const }];
        const reached = [...reference.reachOf(root, forest, 100).keys()].map((id) => forest.find((t) => t._id === id));
        const person = { user: who, roles: [], friends: [] };
        const may = (t: Tree | undefined) => t !== undefined && reference.may(person, 'share', t);
        const all = reached.every(may);
        const works = may(root) && (skip || all);
        const params = {
          ...{ id: root._id, mode, cascade: true, grants: [user('cec', 'write')] },
          ...(skip ? { unchangeable: 'skip' } : {}),
        };
        const call = world.call(who, 'Resource.set_acl', params) as Promise<SetAcl['result']>;
        if (!works) await expect(call).rejects.toMatchObject({ reason: 'permission_denied' });
        else expect((await call).skipped.length).toBe(reached.filter((t) => !may(t)).length);
        const after = await world.database.find({ name: 'resources' } as never, {
          _id: { $in: forest.map((t) => t._id) },
        });
        for (const tree of after as unknown as Tree[]) {
          const before = forest.find((t) => t._id === tree._id) as Tree;
          const changes = works && reached.includes(before) && may(before);
          const expected = changes
            ? reference.grantsAfter(before, mode, given)
            : reference.grantsAfter(before, 'merge', []);
          expect(Object.fromEntries(tree.grants.map((g) => [g.principal, g.level]))).toEqual(expected);
          expect([tree.owners, tree.visibility, tree.parents]).toEqual([
            before.owners,
            before.visibility,
            before.parents,
          ]);
        }
        expect(ROLES.length).toBe(2);
      }),
      { numRuns: LONG ? 150 : 25 },
    );
  });
});

describe('many resources in one call', () => {
  it('are all changed or none, or on request those that can be changed', async () => {
    const [one, two] = [await make('block', 'ann'), await make('block', 'bea')];
    const params = { resources: [{ id: one.id }, { id: 'res-none' }, { id: two.id }], visibility: 'public' };
    expect(await world.message('setAclMass', params)).toBe('There is no resource res-none');
    expect((await acl(one.id)).visibility).toBe('private');
    const { outcomes } = (await world.run('setAclMass', { ...params, ignoreErrors: true })) as SetAclMass['result'];
    expect(outcomes).toEqual([
      { id: one.id, changed: [one.id], skipped: [], unchanged: 0 },
      { error: { reason: 'resource_missing', message: 'There is no resource res-none' } },
      { id: two.id, changed: [two.id], skipped: [], unchanged: 0 },
    ]);
    const asAnn = (await world.run('setAclMass', { ...params, visibility: 'private', ignoreErrors: true }, 'ann')) as {
      outcomes: { error?: { reason: string } }[];
    };
    expect(asAnn.outcomes.map((o) => o.error?.reason)).toEqual([undefined, 'resource_missing', 'permission_denied']);
  });

  it('may name a resource twice, or a role that all are to have', async () => {
    const [one, two] = [await make('block', 'ann'), await make('block', 'bea')];
    const grants = [{ accountType: 'ApplicationRole', account: 'crew', level: 'read' }];
    const params = { resources: [{ id: one.id }, { id: two.id }, { id: one.id }], grants };
    const { outcomes } = (await world.run('setAclMass', params)) as SetAclMass['result'];
    expect(outcomes.map((o) => o.changed?.length)).toEqual([1, 1, 0]);
    await world.call('dan', 'Resource.get', { id: two.id });
  });
});

describe('as oneself', () => {
  it('an owner and a user with admin share; others may only give up their own right', async () => {
    const { id } = await make('block', 'ann');
    const give = (as: string, account: string, level: string) =>
      world.call(as, 'Resource.set_acl', { id, mode: 'merge', grants: [user(account, level)] });
    await give('ann', 'bea', 'admin');
    await give('bea', 'cec', 'write');
    for (const method of ['get_acl', 'set_acl']) {
      const params = method === 'get_acl' ? { id } : { id, visibility: 'public' };
      expect((await world.fails('cec', `Resource.${method}`, params)).reason).toBe('permission_denied');
      expect((await world.fails(method === 'get_acl' ? null : 'dan', `Resource.${method}`, params)).reason).toBe(
        'permission_denied',
      );
    }
    const withdraw = (account: string) => ({ id, mode: 'remove', grants: [user(account)] });
    expect((await world.fails('cec', 'Resource.set_acl', withdraw('bea'))).reason).toBe('permission_denied');
    await world.call('cec', 'Resource.set_acl', withdraw('cec'));
    expect(await held(id)).toEqual({ bea: 'admin' });
  });
});
