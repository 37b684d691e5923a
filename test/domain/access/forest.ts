import fc from 'fast-check';
import type { Grant } from '../../../src/domain/resources/resource.ts';
import { type ResourceType, resourceTypes, type Visibility } from '../../../src/domain/resources/types.ts';

/** A resource of a random forest, for tests of decisions and cascades. */
export interface Tree {
  readonly _id: string;
  readonly revision: number;
  readonly type: ResourceType;
  readonly name: string;
  readonly parents: readonly string[];
  readonly owners: readonly string[];
  readonly grants: readonly Grant[];
  readonly visibility: Visibility;
}

export const USERS = ['ann', 'bea', 'cec', 'dan'];
export const ROLES = ['role-one', 'role-two'];

/** The types of the systems whose trees branch. */
const FAMILIES: readonly (readonly ResourceType[])[] = [
  ['section', 'block', 'segment', 'eventarray', 'event', 'recordingchannelgroup', 'recordingchannel', 'unit', 'spike'],
  ['collection', 'manifest', 'sequence', 'range', 'canvas', 'annotation', 'list', 'layer'],
  ['folders', 'workbooks', 'dashboards', 'dashboardpages', 'datasets'],
  ['screen', 'plate', 'measurement'],
];

const grants = fc.uniqueArray(
  fc.record({ principal: fc.constantFrom(...USERS, ...ROLES), level: fc.constantFrom('read', 'write', 'admin') }),
  { maxLength: 3, selector: (g) => g.principal },
) as fc.Arbitrary<Grant[]>;

const seed = fc.record({
  type: fc.nat(),
  /** Its parents among the others, if its type allows them; later ones make cycles. */
  below: fc.array(fc.nat(), { maxLength: 3 }),
  owners: fc.uniqueArray(fc.constantFrom(...USERS), { minLength: 1, maxLength: 2 }),
  grants,
  visibility: fc.constantFrom<Visibility>('public', 'friendly', 'private', 'private'),
});

/** A random forest of up to 14 resources of one system, with several parents and cycles if the types allow them. */
export const forests: fc.Arbitrary<Tree[]> = fc
  .tuple(fc.constantFrom(...FAMILIES), fc.array(seed, { minLength: 1, maxLength: 14 }))
  .map(([family, seeds]) => {
    const typeAt = (i: number) => family[(seeds[i]?.type ?? 0) % family.length] as ResourceType;
    return seeds.map(({ below, owners, grants: given, visibility }, i): Tree => {
      const type = typeAt(i);
      const { parents, owners: rule } = resourceTypes[type];
      // A single parent comes before its children, so that only types with several parents have cycles.
      const candidates = below
        .map((n) => n % seeds.length)
        .filter((n) => (resourceTypes[typeAt(n)].contains as readonly string[]).includes(type))
        .filter((n) => (parents === 'many' ? true : n < i));
      const chosen = [...new Set(candidates)].slice(0, parents === 'many' ? 3 : 1);
      const held = owners.slice(0, rule.max);
      return {
        _id: `r${i}`,
        revision: 1,
        type,
        name: `n${i}`,
        parents: chosen.map((n) => `r${n}`),
        owners: held,
        grants: given.filter((g) => !held.includes(g.principal)),
        visibility,
      };
    });
  });

/** An actor: one of the users, with some roles and friends. */
export const actors = fc.record({
  user: fc.constantFrom(...USERS),
  roles: fc.subarray(ROLES),
  friends: fc.subarray(USERS),
});
