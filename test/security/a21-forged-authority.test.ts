import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyAcl } from '../../src/domain/access/applyAcl.ts';
import { decide } from '../../src/domain/access/decide.ts';
import { assertMay, guarding } from '../../src/domain/access/may.ts';
import { accessFilter } from '../../src/domain/access/reach.ts';
import { deleteResource } from '../../src/domain/tree/remove.ts';
import { unlockWorkspace } from '../../src/domain/workspaces/lock.ts';
import type { Authority, UserAuthority } from '../../src/identity/authority.ts';
import { assertAllRights, asUser, hasAllRights, idsOf, isUser } from '../../src/identity/genuineAuthority.ts';
import { mintAdmin, mintAnonymous, mintUser } from '../../src/identity/mintAuthority.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { transact } from '../../src/store/transact.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';

const NOT_MADE = 'an authority that the gate did not make';

const principal: Principal = {
  ...{ _id: 'ann', revision: 1, username: 'ann', kind: 'person', state: 'active', living: true },
  createdAt: new Date(0),
} as Principal;
const tree = { type: 'block', owners: ['ann'], grants: [], visibility: 'private' } as const;

/** Every way to come by an authority but the gate's. */
const forgeries: readonly (readonly [how: string, forged: unknown])[] = [
  ['an object of the same shape', { as: 'admin' }],
  ["an object of the shape of a user's", { as: 'user', principal, roles: [], friends: [] }],
  ['a copy of a genuine one', { ...mintUser(principal, { roles: [], friends: [] }, new Date(0)) }],
  ['a structured clone', structuredClone({ ...mintAdmin(new Date(0)) })],
  ['an heir of a genuine one', Object.create(mintAdmin(new Date(0)))],
  ['an heir of its class', Object.create(Object.getPrototypeOf(mintAdmin(new Date(0))), { as: { value: 'admin' } })],
  [
    'a genuine one behind a proxy',
    new Proxy(mintAnonymous(new Date(0)), { get: (_, key) => (key === 'as' ? 'admin' : undefined) }),
  ],
  ['null', null],
  ['a text', 'admin'],
];

describe('A21: an authority that the gate did not make', () => {
  it.each(forgeries)('is refused by all that looks at one: %s', (_, forged) => {
    const who = forged as Authority;
    expect(() => decide(who, 'read', tree)).toThrow(NOT_MADE);
    expect(() => decide(who, 'delete', { ...tree, visibility: 'public' })).toThrow(NOT_MADE);
    expect(() => accessFilter(who, { least: 'read', everybodyToo: true }, [])).toThrow(NOT_MADE);
    expect(() => guarding(who)).toThrow(NOT_MADE);
    for (const question of [hasAllRights, isUser, idsOf, assertAllRights, asUser]) {
      expect(() => question(who)).toThrow(NOT_MADE);
    }
  });

  it('cannot be made of a genuine one by changing it', () => {
    const user = mintUser(principal, { roles: ['role-one'], friends: [] }, new Date(0));
    const change = (value: unknown, key: string, to: unknown) => {
      (value as Record<string, unknown>)[key] = to;
    };
    expect(() => change(user, 'as', 'admin')).toThrow(TypeError);
    expect(() => change(user, 'principal', { ...principal, _id: 'bea' })).toThrow(TypeError);
    expect(() => change(user.principal, '_id', 'bea')).toThrow(TypeError);
    expect(() => (user.roles as string[]).push('role-two')).toThrow(TypeError);
    expect(() => (user.friends as string[]).push('bea')).toThrow(TypeError);
    const roles: string[] = [];
    const before: UserAuthority = mintUser(principal, { roles, friends: [] }, new Date(0));
    roles.push('role-two');
    expect(before.roles).toEqual([]);
    // Nor is what makes them to be had from one.
    const { constructor: maker } = user as unknown as { constructor: new (fields: object) => Authority };
    expect(() => decide(new maker({ as: 'admin' }), 'read', tree)).toThrow(NOT_MADE);
  });
});

describe('A21: domain code', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('does nothing for a forged authority, also where it asks nobody', async () => {
    const section = (await world.call('ann', 'Resource.create', { type: 'section', name: 's' })) as { id: string };
    await world.call('ann', 'create_workspace', { workspace: 'ann:locked' });
    await world.call('ann', 'lock_workspace', { workspace: 'ann:locked' });
    const before = [await world.contents('resources'), await world.contents('audit')];
    for (const [, forged] of forgeries) {
      const who = forged as Authority;
      const inTransaction = (work: (tx: Parameters<typeof deleteResource>[0]) => Promise<unknown>) =>
        expect(transact(world.database, { now: () => new Date() }, work)).rejects.toThrow(NOT_MADE);
      await inTransaction((tx) => deleteResource(tx, who, { id: section.id }));
      await inTransaction((tx) =>
        unlockWorkspace({ tx, people: undefined as never, authority: who }, { workspace: 'ann:locked' }),
      );
      await inTransaction(async (tx) => {
        const root = { _id: section.id, revision: 1, ...tree, name: 's' };
        await assertMay({ reader: tx, authority: who }, 'share', root as never);
        await applyAcl({ tx, authority: who }, root as never, undefined as never);
      });
    }
    expect([await world.contents('resources'), await world.contents('audit')]).toEqual(before);
  });

  it('cannot be run with fewer rights than it was declared for', async () => {
    const user = mintUser(principal, { roles: [], friends: [] }, new Date(0));
    for (const who of [user, mintAnonymous(new Date(0))]) {
      expect(() => assertAllRights(who)).toThrow('needs all rights');
      const unlocking = transact(world.database, { now: () => new Date() }, (tx) =>
        unlockWorkspace({ tx, people: undefined as never, authority: who }, { id: 1 }),
      );
      await expect(unlocking).rejects.toThrow('needs all rights');
    }
    expect(() => asUser(mintAdmin(new Date(0)))).toThrow('runs as a user');
  });
});
