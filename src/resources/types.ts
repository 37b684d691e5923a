/** What there is to own. */
export type ResourceType = 'workspace';

export type Visibility = 'public' | 'friendly' | 'private';

/** What holds for every resource of a type. */
interface TypeRules {
  readonly defaultVisibility: Visibility;
}

export const resourceTypes: Readonly<Record<ResourceType, TypeRules>> = {
  workspace: { defaultVisibility: 'private' },
};
