import { defined } from '../../base/defined.ts';
import type { ResourceAcl } from '../../base/schemas/generated.ts';
import { accountShown } from '../../identity/accounts.ts';
import { type Reference, readResource } from '../resources/reference.ts';
import { ownerShown } from '../resources/view.ts';
import type { ReadContext } from './context.ts';
import { accessFields } from './decide.ts';
import { holdingGrants } from './grants.ts';
import { assertMay, type Guarded, holderOf } from './may.ts';

/**
 * Owners, grants and visibility of a resource. For one without rights of its own, those of the resource that decides on
 * it, under its id.
 *
 * @throws invalid_params, resource_missing, permission_denied
 */
export async function getAcl({ reader, people, authority }: ReadContext, reference: Reference): Promise<ResourceAcl> {
  const named = await readResource(reader, reference, { fields: accessFields });
  await assertMay({ reader, authority }, 'seeGrants', named);
  const { _id } = await holderOf(reader, authority, named);
  const holder = _id === named._id ? named : await readResource(reader, { id: _id }, { fields: accessFields });
  const shown = holdingAt(holder, authority.at);
  return aclShown(shown, await people.names(principalsOf(shown)));
}

/** The resource with those of its grants that hold at this instant. */
export const holdingAt = (resource: Guarded, at: Date): Guarded => ({
  ...resource,
  grants: holdingGrants(resource.grants, at),
});

/** The ids of all owners of a resource and of all who have a grant on it. */
export const principalsOf = ({ owners, grants }: Guarded): string[] => [...owners, ...grants.map((g) => g.principal)];

/** The rights on a resource as callers see and send them. */
export function aclShown(resource: Guarded, nameOf: (id: string) => string): ResourceAcl {
  const { _id, type, externalId, owners, visibility, grants } = resource;
  return {
    id: _id,
    type,
    ...defined({ externalId }),
    owners: owners.map((id) => ownerShown(id, nameOf)),
    visibility,
    grants: grants.map(({ principal, level, expires }) => ({
      ...accountShown(principal, nameOf),
      level,
      id: principal,
      ...defined({ expires: expires?.toISOString() }),
    })),
  };
}
