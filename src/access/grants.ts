import type { Grant, GrantLevel } from '../resources/resource.ts';

/** So many grants a resource may have. */
export const MAX_GRANTS = 10_000;

/**
 * The grants with these principals' set to a level; `none` withdraws them.
 *
 * @param grants all of a resource's, or those of these principals
 */
export function withGrants(
  grants: readonly Grant[],
  principals: readonly string[],
  level: GrantLevel | 'none',
): readonly Grant[] {
  const others = grants.filter((g) => !principals.includes(g.principal));
  return level === 'none' ? others : [...others, ...principals.map((principal) => ({ principal, level }))];
}
