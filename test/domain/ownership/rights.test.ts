import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JobView } from '../../../src/base/schemas/generated.ts';
import { resourceCollections } from '../../../src/domain/resources/collections.ts';
import { counted, LONG } from '../../support/long.ts';
import { openWorld, type World } from '../workspaces/world.ts';
import { put, settle, stored, type Thing } from './things.ts';

const USERS = ['ann', 'bea', 'cec', 'dan'] as const;
type User = (typeof USERS)[number];
const LEVELS = ['read', 'write', 'admin'] as const;

interface Friends {
  /** Which users let which others read. */
  readonly by: User;
  readonly letsIn: User;
}

/** The level of each user, computed without the service: 0 nothing, 1 read, 2 write, 3 admin, 4 owner. */
function levels({ owners, grants, visibility }: Thing, friends: readonly Friends[]): Record<User, number> {
  const levelOf = (user: User) => {
    if (owners.includes(user)) return 4;
    const granted = grants.find((g) => g.principal === user);
    if (granted !== undefined) return LEVELS.indexOf(granted.level) + 1;
    const isFriend = friends.some(({ by, letsIn }) => letsIn === user && owners.includes(by));
    return visibility === 'public' || (visibility === 'friendly' && isFriend) ? 1 : 0;
  };
  return Object.fromEntries(USERS.map((user) => [user, levelOf(user)])) as Record<User, number>;
}

const user = fc.constantFrom(...USERS);
const pair = fc.record({ by: user, letsIn: user }).filter(({ by, letsIn }) => by !== letsIn);
const many = fc.uniqueArray(user, { minLength: 1, maxLength: 3 });
const state = fc.record({
  friends: fc.uniqueArray(pair, { selector: ({ by, letsIn }) => `${by} ${letsIn}`, maxLength: 8 }),
  later: fc.uniqueArray(pair, { selector: ({ by, letsIn }) => `${by} ${letsIn}`, maxLength: 8 }),
  visibility: fc.constantFrom('friendly', 'friendly', 'private', 'public' as const),
  owners: many,
  grants: fc.uniqueArray(fc.record({ principal: user, level: fc.constantFrom(...LEVELS) }), {
    selector: (g) => g.principal,
  }),
  to: many,
});
type State = typeof state extends fc.Arbitrary<infer S> ? S : never;

const ID = 'https://iiif.example.org/b1/manifest';

/** All ways to change an owner: the type, the possible owners, and how; undefined for any. */
const PATHS: Readonly<
  Record<string, { readonly type: Thing['type']; readonly run: (world: World, s: State) => Promise<unknown> }>
> = {
  changeOwner: {
    type: 'plate',
    run: (world, { owners: [from], to: [to] }) => world.run('changeOwner', { from, to }),
  },
  'changeOwner of one of several': {
    type: 'manifest',
    run: (world, { owners: [from], to: [to] }) => world.run('changeOwner', { from, to }),
  },
  changeOwnership: {
    type: 'workbooks',
    run: (world, { to: [owner] }) =>
      world.run('changeOwnership', { type: 'workbooks', id: 'res-it', accountType: 'User', owner }),
  },
  'changeOwnership of what several own': {
    type: 'manifest',
    run: (world, { to: [owner] }) =>
      world.run('changeOwnership', { type: 'manifest', id: 'res-it', accountType: 'User', owner }),
  },
  setWorkspaceOwner: {
    type: 'workspace',
    run: (world, { to: [to] }) => world.run('setWorkspaceOwner', { wsi: { id: 1 }, new_user: to }),
  },
  setOwnedBy: {
    type: 'manifest',
    run: (world, { to }) => world.run('setOwnedBy', { type: 'manifest', object: ID, ownedBy: to }),
  },
  ADD: {
    type: 'manifest',
    run: (world, { to: [username] }) =>
      world.run('updateStaffPermissions', { manifests: [ID], username, action: 'ADD' }),
  },
  REMOVE: {
    type: 'manifest',
    run: (world, { owners: [username] }) =>
      world.run('updateStaffPermissions', { manifests: [ID], username, action: 'REMOVE' }),
  },
  revertJob: {
    type: 'manifest',
    run: async (world, { owners: [from], to: [to], later }) => {
      const { job } = (await world.run('changeOwner', { from, to })) as JobView;
      await befriend(world, later);
      await world.run('revertJob', { id: job });
    },
  },
};

async function befriend(world: World, friends: readonly Friends[]): Promise<void> {
  const pairs = new Map<string, { pair: string[]; agreed: string[] }>();
  for (const { by, letsIn } of friends) {
    const of = [by, letsIn].sort();
    const known = pairs.get(of.join()) ?? { pair: of, agreed: [] };
    pairs.set(of.join(), { ...known, agreed: [...known.agreed, by].sort() });
  }
  const collection = world.database.db.collection('friends');
  await collection.deleteMany({});
  const docs = [...pairs.values()].map((doc) => ({ _id: JSON.stringify(doc.pair) as never, revision: 1, ...doc }));
  if (docs.length > 0) await collection.insertMany(docs);
}

async function prepare(world: World, path: string, s: State): Promise<Thing> {
  const type = PATHS[path]?.type ?? 'plate';
  await befriend(world, s.friends);
  for (const { name } of resourceCollections) await world.database.db.collection(name).deleteMany({});
  const owners = type === 'manifest' ? s.owners : s.owners.slice(0, 1);
  const grants = s.grants.filter((g) => !owners.includes(g.principal));
  const workspace = { _id: 'ws1', number: 1, name: 'w', deleted: false, locked: false, meta: [] };
  const fields = {
    ...{ _id: 'res-it', type, owners, grants, visibility: s.visibility },
    ...(type === 'manifest' ? { externalId: '/b1/manifest' } : {}),
    ...(type === 'workspace' ? workspace : {}),
  };
  await put(world, 1, () => fields as never);
  return only(world);
}

async function only(world: World): Promise<Thing> {
  const [thing] = (await stored(world)).values();
  if (thing === undefined) throw new Error('the resource is gone');
  return thing;
}

/** Only the new owner has more rights than before, and only the previous one fewer. */
function assertKept(before: Thing, after: Thing, first: readonly Friends[], last = first): void {
  const [was, is] = [levels(before, first), levels(after, last)];
  for (const one of USERS) {
    if (!after.owners.includes(one)) expect(is[one], `${one} gains`).toBeLessThanOrEqual(was[one]);
    if (!before.owners.includes(one)) expect(is[one], `${one} loses`).toBeGreaterThanOrEqual(was[one]);
  }
}

it('only a new owner gains a right, and only a previous one loses one, in every change of an owner', async () => {
  await using world = await openWorld();
  for (const path of Object.keys(PATHS)) {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(state, async (s) => {
        const before = await prepare(world, path, s);
        await PATHS[path]?.run(world, s).catch((error) => {
          if (!['same_owner', 'already_owner'].includes(error.reason)) throw error;
        });
        const after = await only(world);
        if (after.revision > before.revision) changed += 1;
        if (path !== 'revertJob') assertKept(before, after, s.friends);
        else expect(after.owners).toEqual(before.owners);
      }),
      counted(300, 5),
    );
    expect(changed, path).toBeGreaterThan(0);
  }
});

it('a revert does not let in new friends of the first owner, and does not shut out anybody', async () => {
  await using world = await openWorld();
  const run = PATHS['changeOwner of one of several']?.run;
  await fc.assert(
    fc.asyncProperty(state, async (s) => {
      const first = await prepare(world, 'revertJob', s);
      const job = await run?.(world, s).catch(() => undefined);
      if (job === undefined) return;
      await befriend(world, s.later);
      const between = await only(world);
      await world.run('revertJob', { id: (job as JobView).job });
      const last = await only(world);
      expect(last.owners).toEqual(first.owners);
      assertKept(between, last, s.later);
    }),
    { numRuns: LONG ? 500 : 10 },
  );
});

const SPY = [
  { by: 'dan', letsIn: 'ann' },
  { by: 'ann', letsIn: 'cec' },
  { by: 'bea', letsIn: 'dan' },
] as const;

it.each(['changeOwner', 'changeOwnership', 'setWorkspaceOwner', 'setOwnedBy'])(
  '%s keeps those whom the old owner let in, not whoever only let the old owner in, and none of the new one',
  async (path) => {
    await using world = await openWorld();
    const s: State = { friends: [...SPY], later: [], visibility: 'friendly', owners: ['ann'], grants: [], to: ['bea'] };
    await prepare(world, path, s);
    await PATHS[path]?.run(world, s);
    const readers = path === 'setWorkspaceOwner' ? [{ principal: 'ann', level: 'admin' }] : [];
    expect(await only(world)).toMatchObject({
      owners: ['bea'],
      visibility: 'private',
      grants: [...readers, { principal: 'cec', level: 'read' }],
    });
  },
);

it('a co-owner who stays keeps their friends as readers when another owner changes', async () => {
  await using world = await openWorld();
  await befriend(world, [{ by: 'cec', letsIn: 'dan' }]);
  await put(world, 1, () => ({ type: 'manifest', owners: ['ann', 'cec'], visibility: 'friendly' }));
  await world.run('changeOwner', { from: 'ann', to: 'bea' });
  expect(await only(world)).toMatchObject({ owners: ['bea', 'cec'], grants: [{ principal: 'dan', level: 'read' }] });
});

it('friends of a user who is off-boarded can still read', async () => {
  await using world = await openWorld();
  await befriend(world, [...SPY]);
  await put(world, 1, () => ({ type: 'block', visibility: 'friendly' }));
  await world.run('offboard', { to: 'bea' }, 'ann');
  await settle(world);
  expect(await only(world)).toMatchObject({
    owners: ['bea'],
    visibility: 'private',
    grants: [{ principal: 'cec', level: 'read' }],
  });
});
