import { defined } from '../../base/defined.ts';
import type { ResourceOwner, ResourceView } from '../../base/schemas/generated.ts';
import { accountShown } from '../../identity/accounts.ts';
import type { ResourcePart } from './reference.ts';

/** The fields of a resource that its view shows. */
export const viewFields = ['owners', 'visibility', 'stamp', 'data', 'createdAt', 'modifiedAt'] as const;

/** The same for lists, which do not show data. */
export const listFields = ['owners', 'visibility', 'stamp', 'createdAt', 'modifiedAt'] as const;

export type Viewed = ResourcePart<(typeof listFields)[number]> & { readonly data?: string };

/** A resource as callers see it. */
export function viewOf(resource: Viewed, nameOf: (id: string) => string): ResourceView {
  return {
    id: resource._id,
    type: resource.type,
    name: resource.name,
    ...defined({ externalId: resource.externalId }),
    parents: [...(resource.parents ?? [])],
    owners: resource.owners.map((id) => ownerShown(id, nameOf)),
    visibility: resource.visibility,
    ...defined({ stamp: resource.stamp, data: resource.data === undefined ? undefined : JSON.parse(resource.data) }),
    created: resource.createdAt.toISOString(),
    modified: resource.modifiedAt.toISOString(),
  };
}

/** An owner as callers see and name it. */
export function ownerShown(id: string, nameOf: (id: string) => string): ResourceOwner {
  const { accountType, account } = accountShown(id, nameOf);
  return { accountType, owner: account, id };
}
