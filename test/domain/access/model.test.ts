import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byRule, cascadeFrom, divide } from '../../../src/domain/access/cascade.ts';
import { decide } from '../../../src/domain/access/decide.ts';
import { withAcl } from '../../../src/domain/access/grants.ts';
import { deletedWith } from '../../../src/domain/tree/remove.ts';
import type { UserAuthority } from '../../../src/identity/authority.ts';
import { mintAdmin, mintAnonymous, mintUser } from '../../../src/identity/mintAuthority.ts';
import { LONG } from '../../support/long.ts';
import { actors, forests, ROLES, type Tree, USERS } from './forest.ts';
import * as reference from './reference.ts';

const FOR_EVER = { at: new Date(0), end: undefined, what: 'it' };
const RUNS = LONG ? 10_000 : 300;
const ACTIONS = ['read', 'write', 'share', 'seeGrants', 'delete'] as const;

function acting({ user, roles, friends }: reference.Person): UserAuthority {
  const principal = { _id: user, revision: 1, username: user, kind: 'person', state: 'active', living: true } as const;
  return mintUser({ ...principal, createdAt: new Date(0) }, { roles, friends }, new Date(0));
}

const childrenIn = (forest: readonly Tree[]) => async (parents: readonly Tree[]) =>
  forest.filter((t) => t.parents.some((id) => parents.some((p) => p._id === id)));

const sorted = (ids: Iterable<string>) => [...ids].sort();
const ids = (trees: readonly Tree[]) => sorted(trees.map((t) => t._id));

describe(`in ${RUNS} random trees`, () => {
  it('the decision is that of a separate implementation of the rules, for every resource and action', async () => {
    await fc.assert(
      fc.asyncProperty(forests, actors, async (forest, person) => {
        const who = acting(person);
        const all = forest.flatMap((tree) => ACTIONS.map((action) => ({ tree, action })));
        const decisions = all.map(({ tree, action }) => decide(who, action, tree));
        expect(decisions.map(({ allowed, level }) => [allowed, level])).toEqual(
          all.map(({ tree, action }) => [reference.may(person, action, tree), reference.levelOf(person, tree)]),
        );
        expect(all.every(({ tree, action }) => decide(mintAdmin(new Date(0)), action, tree).allowed)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('a cascade reaches what the rule of each type says, once each, and decides on each', async () => {
    const depths = fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 4 }));
    await fc.assert(
      fc.asyncProperty(forests, actors, depths, async (forest, person, depth) => {
        const [root] = forest as [Tree];
        const reached = await cascadeFrom([root], childrenIn(forest), byRule(depth));
        expect(new Set(reached.map((t) => t._id)).size).toBe(reached.length);
        expect(reached[0]).toBe(root);
        const expected = sorted(reference.reachOf(root, forest, depth ?? 100).keys());
        expect(ids(reached)).toEqual(expected);
        const { allowed, refused } = divide(acting(person), ['share'], reached);
        expect(ids(allowed)).toEqual(ids(reached.filter((t) => reference.may(person, 'share', t))));
        expect(ids([...allowed, ...refused])).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('a change of rights sets the given grants, and none for owners', () => {
    const given = fc.uniqueArray(
      fc.record({
        principal: fc.constantFrom(...USERS, ...ROLES),
        level: fc.constantFrom('read' as const, 'write' as const, 'admin' as const),
      }),
      { selector: (g) => g.principal, maxLength: 4 },
    );
    const modes = fc.constantFrom('replace' as const, 'merge' as const, 'remove' as const);
    fc.assert(
      fc.property(forests, modes, given, (forest, mode, grants) => {
        for (const tree of forest) {
          const after = withAcl(tree, { mode, grants }, FOR_EVER);
          expect(Object.fromEntries(after.grants.map((g) => [g.principal, g.level]))).toEqual(
            reference.grantsAfter(tree, mode, grants),
          );
          expect(after.visibility).toBe(tree.visibility);
          // Repeating it changes nothing.
          expect(withAcl({ ...tree, ...after }, { mode, grants }, FOR_EVER).grants).toEqual(after.grants);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('a deletion includes exactly the resources without a parent that stays', () => {
    fc.assert(
      fc.property(forests, (forest) => {
        const [root] = forest as [Tree];
        const below = new Set([root._id]);
        for (let size = 0; size < below.size; ) {
          size = below.size;
          for (const t of forest) if (t.parents.some((id) => below.has(id))) below.add(t._id);
        }
        const found = forest.filter((t) => below.has(t._id));
        expect(sorted(deletedWith(root, found))).toEqual(sorted(reference.deletedWith(root, forest)));
      }),
      { numRuns: RUNS },
    );
  });
});

it('says why: by their own grant, through a role, as a friend, or as everybody', () => {
  const tree = { type: 'block', owners: ['ann'], grants: [], visibility: 'private' } as const;
  const bea = (roles: string[], friends: string[]) => acting({ user: 'bea', roles, friends });
  const reasonFor = (who: Parameters<typeof decide>[0], more: object) =>
    decide(who, 'read', { ...tree, ...more }).reason;
  expect(reasonFor(bea([], []), { owners: ['bea'] })).toBe('owner');
  expect(reasonFor(bea([], []), { grants: [{ principal: 'bea', level: 'read' }] })).toBe('grant');
  expect(reasonFor(bea(['role-one'], []), { grants: [{ principal: 'role-one', level: 'read' }] })).toBe(
    'role:role-one',
  );
  expect(reasonFor(bea(['role-one'], []), { owners: ['role-one'] })).toBe('role:role-one');
  expect(reasonFor(bea([], ['ann']), { visibility: 'friendly' })).toBe('friend');
  expect(reasonFor(bea([], ['cec']), { visibility: 'friendly' })).toBe('nothing');
  expect(reasonFor(bea([], []), { visibility: 'public' })).toBe('public');
  expect(reasonFor(mintAnonymous(new Date(0)), { visibility: 'public' })).toBe('public');
  expect(reasonFor(mintAnonymous(new Date(0)), { visibility: 'friendly' })).toBe('nothing');
  expect(reasonFor(mintAdmin(new Date(0)), {})).toBe('admin');
});
