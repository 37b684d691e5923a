import type { ResourceOwner, ResourceView } from '../../base/schemas/generated.ts';
import { accountShown } from '../../identity/accounts.ts';
import type { ResourcePart } from './reference.ts';

/** What of a resource its view shows. */
export const viewFields = ['owners', 'visibility', 'stamp', 'data', 'createdAt', 'modifiedAt'] as const;

/** The same in lists, which show no content. */
export const listFields = ['owners', 'visibility', 'stamp', 'createdAt', 'modifiedAt'] as const;

export type Viewed = ResourcePart<(typeof listFields)[number]> & { readonly data?: string };

/** A resource as callers see it. */
export function viewOf(resource: Viewed, nameOf: (id: string) => string): ResourceView {
  return {
    id: resource._id,
    type: resource.type,
    name: resource.name,
    ...(resource.externalId === undefined ? {} : { externalId: resource.externalId }),
    parents: [...(resource.parents ?? [])],
    owners: resource.owners.map((id) => ownerShown(id, nameOf)),
    visibility: resource.visibility,
    ...(resource.stamp === undefined ? {} : { stamp: resource.stamp }),
    ...(resource.data === undefined ? {} : { data: JSON.parse(resource.data) }),
    created: resource.createdAt.toISOString(),
    modified: resource.modifiedAt.toISOString(),
  };
}

/** An owner as it is shown, and as it is taken as input. */
export function ownerShown(id: string, nameOf: (id: string) => string): ResourceOwner {
  const { accountType, account } = accountShown(id, nameOf);
  return { accountType, owner: account, id };
}
