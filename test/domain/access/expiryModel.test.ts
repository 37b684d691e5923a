import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StewardError } from '../../../src/base/errors.ts';
import { decide, endOf } from '../../../src/domain/access/decide.ts';
import { withAcl } from '../../../src/domain/access/grants.ts';
import { accessFilter } from '../../../src/domain/access/reach.ts';
import type { Grant } from '../../../src/domain/resources/resource.ts';
import { resources } from '../../../src/domain/resources/resource.ts';
import { mintUser } from '../../../src/identity/mintAuthority.ts';
import { LONG } from '../../support/long.ts';
import { openWorld } from '../workspaces/world.ts';
import { actors, forests, ROLES, type Tree, USERS } from './forest.ts';
import * as reference from './reference.ts';

const RUNS = LONG ? 5_000 : 300;
const STEPS = 6;
const second = (n: number) => new Date(1_900_000_000_000 + n * 1000);

/** The end of a right, or none. */
const ends = fc.option(fc.integer({ min: 0, max: STEPS }), { nil: undefined });
/** Instants before, at and after ends. */
const instants = fc.integer({ min: 0, max: 2 * STEPS }).map((half) => new Date(second(0).getTime() + half * 500));
const ALL = Array.from({ length: 2 * STEPS + 1 }, (_, half) => new Date(second(0).getTime() + half * 500));

/** Trees whose grants may end. */
const trees = fc.tuple(forests, fc.array(ends, { minLength: 42, maxLength: 42 })).map(([forest, given]) => {
  let next = 0;
  return forest.map((tree): Tree => ({ ...tree, grants: tree.grants.map((grant) => ending(grant, given[next++])) }));
});
const ending = (grant: Grant, end: number | undefined): Grant =>
  end === undefined ? grant : { ...grant, expires: second(end) };

/** A user with roles and friends, who leaves each of the roles at some time or never. */
const people = fc.tuple(actors, fc.tuple(ends, ends)).map(([person, leaves]) => ({
  ...person,
  leaves: new Map(ROLES.flatMap((role, i) => (leaves[i] === undefined ? [] : [[role, second(leaves[i])] as const]))),
}));
type Person = reference.Person & { readonly leaves: ReadonlyMap<string, Date> };

const isOver = (end: Date | undefined, at: Date) => end !== undefined && end.getTime() <= at.getTime();

/** What is left at an instant, by the independent rules: ended grants are not there, and roles that were left neither. */
const personAt = ({ leaves, ...person }: Person, at: Date): reference.Person => ({
  ...person,
  roles: person.roles.filter((role) => !isOver(leaves.get(role), at)),
});
const treeAt = (tree: Tree, at: Date): Tree => ({
  ...tree,
  grants: tree.grants.filter(({ expires }) => !isOver(expires, at)),
});
const mayAt = (person: Person, action: 'read' | 'share', tree: Tree, at: Date) =>
  reference.may(personAt(person, at), action, treeAt(tree, at));

function actingAt(person: Person, at: Date) {
  const { user, roles, friends } = personAt(person, at);
  const principal = { _id: user, revision: 1, username: user, kind: 'person', state: 'active', living: true } as const;
  const left = new Map([...person.leaves].filter(([role]) => roles.includes(role)));
  return mintUser({ ...principal, createdAt: new Date(0) }, { roles, ends: left, friends }, at);
}

describe(`in ${RUNS} random trees with rights that end`, () => {
  it('the decision at each instant is that without what has ended by then', () => {
    fc.assert(
      fc.property(trees, people, instants, (forest, person, at) => {
        const who = actingAt(person, at);
        for (const tree of forest) {
          for (const action of ['read', 'write', 'share', 'seeGrants', 'delete'] as const) {
            const { allowed, level } = decide(who, action, tree);
            const left = [personAt(person, at), treeAt(tree, at)] as const;
            expect([allowed, level]).toEqual([reference.may(left[0], action, left[1]), reference.levelOf(...left)]);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('a right lasts as long as the decision says, if nothing changes', () => {
    fc.assert(
      fc.property(trees, people, instants, (forest, person, at) => {
        for (const tree of forest.filter((one) => mayAt(person, 'share', one, at))) {
          const end = endOf(actingAt(person, at), 'share', tree);
          for (const later of ALL.filter((instant) => instant >= at)) {
            expect(mayAt(person, 'share', tree, later)).toBe(!isOver(end, later));
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('nobody has more by a grant, at any later time, than whoever gave it could give then', () => {
    const given = fc.uniqueArray(
      fc.record({
        principal: fc.constantFrom(...USERS, ...ROLES),
        level: fc.constantFrom('read', 'write', 'admin'),
        end: ends,
      }),
      { selector: ({ principal }) => principal, maxLength: 4 },
    );
    const modes = fc.constantFrom('replace' as const, 'merge' as const, 'replaceUsers' as const);
    const cases = { refused: 0, given: 0 };
    fc.assert(
      fc.property(
        trees,
        people,
        instants,
        modes,
        fc.boolean(),
        given,
        (forest, person, at, mode, keepsEnds, wanted) => {
          const who = actingAt(person, at);
          const grants = wanted.map(({ principal, level, end }) =>
            ending({ principal, level: level as Grant['level'] }, end),
          );
          for (const tree of forest.filter((one) => mayAt(person, 'share', one, at))) {
            const giving = { at, end: endOf(who, 'share', tree), what: 'it' };
            let after: Tree;
            try {
              after = { ...tree, ...withAcl(tree, { mode, grants, keepsEnds }, giving) };
              cases.given += 1;
            } catch (error) {
              expect((error as StewardError).reason).toBe('grant_outlasts');
              expect(giving.end).toBeDefined();
              cases.refused += 1;
              continue;
            }
            for (const later of ALL.filter((instant) => instant >= at)) {
              if (mayAt(person, 'share', tree, later)) continue;
              for (const principal of [...USERS, ...ROLES]) {
                const alone = { user: principal, roles: [], friends: [] };
                const [before, now] = [tree, after].map((one) => reference.levelOf(alone, treeAt(one, later)));
                expect(reference.covers(before ?? 'none', now ?? 'none')).toBe(true);
              }
            }
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(Math.min(cases.refused, cases.given)).toBeGreaterThan(0);
  });

  it('lists have exactly what the decision allows', async () => {
    await using world = await openWorld();
    const stored = world.database.db.collection<{ _id: string }>('resources');
    await fc.assert(
      fc.asyncProperty(trees, people, instants, async (forest, person, at) => {
        await stored.deleteMany({});
        await stored.insertMany(forest.map((tree) => ({ ...tree })));
        for (const least of ['read', 'write', 'admin'] as const) {
          const filter = accessFilter(actingAt(person, at), { least, everybodyToo: true }, []);
          const found = filter === undefined ? [] : await world.database.find(resources, filter);
          const left = forest.map((tree) => treeAt(tree, at));
          const reached = left.filter((tree) => reference.covers(reference.levelOf(personAt(person, at), tree), least));
          expect(found.map(({ _id }) => _id).toSorted()).toEqual(reached.map(({ _id }) => _id).toSorted());
        }
      }),
      { numRuns: LONG ? 1_000 : 60 },
    );
  });
});
