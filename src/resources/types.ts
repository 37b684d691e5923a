import type { PrincipalKind } from '../identity/principal.ts';

/** What there is to own. */
export type ResourceType = 'workspace';

export type Visibility = 'public' | 'friendly' | 'private';

/** What holds for every resource of a type. */
interface TypeRules {
  /** How many owners it has. */
  readonly owners: { readonly min: number; readonly max: number };
  /** Who may own it. */
  readonly ownedBy: readonly PrincipalKind[];
  readonly defaultVisibility: Visibility;
  /** Whether who may do what stands in the resource itself or in its only parent. */
  readonly access: 'own' | 'parent';
}

const USERS: readonly PrincipalKind[] = ['person', 'staff', 'service'];

export const resourceTypes: Readonly<Record<ResourceType, TypeRules>> = {
  workspace: { owners: { min: 1, max: 1 }, ownedBy: USERS, defaultVisibility: 'private', access: 'own' },
};
