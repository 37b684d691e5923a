import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { idsOf, isUser } from '../../identity/genuineAuthority.ts';
import { wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import { labelOf, type ResourcePart, readResource } from '../resources/reference.ts';
import { rulesOf } from '../resources/types.ts';
import type { ReadAccess } from './context.ts';
import { type AccessFields, type Action, accessFields, type Decision, decide } from './decide.ts';

/** A resource with the fields that decide on access to it. */
export type Guarded = ResourcePart<keyof AccessFields>;

const VERBS: Readonly<Record<Action, string>> = {
  read: 'read',
  write: 'write to',
  seeGrants: 'see the rights on',
  share: 'share',
  publish: 'publish',
  describe: 'describe',
  lock: 'lock',
  rename: 'rename',
  delete: 'delete',
};

/** The fields to read for a decision; of the grants, those of the caller and of their roles. */
export const guarding = (authority: Authority) => ({ fields: accessFields, items: { grants: idsOf(authority) } });

/** The resource whose owners and grants count: itself, or its parent if its type has no rights of its own. */
export async function holderOf(reader: Reader, authority: Authority, resource: Guarded): Promise<Guarded> {
  if (rulesOf(resource.type).accessFrom === 'self') return resource;
  const [parent] = resource.parents ?? [];
  if (parent === undefined) return resource;
  return holderOf(reader, authority, await readResource(reader, { id: parent }, guarding(authority)));
}

/** {@link decide} for a resource whose access may come from its parent. */
async function decided({ reader, authority }: ReadAccess, action: Action, resource: Guarded): Promise<Decision> {
  return decide(authority, action, await holderOf(reader, authority, resource));
}

export async function may(access: ReadAccess, action: Action, resource: Guarded): Promise<boolean> {
  return (await decided(access, action, resource)).allowed;
}

/** @throws permission_denied, owned_by_many */
export async function assertMay(access: ReadAccess, action: Action, resource: Guarded): Promise<void> {
  const { allowed, shared } = await decided(access, action, resource);
  if (allowed) return;
  if (action === 'delete' && shared) throw refuse('owned_by_many', labelOf(resource));
  const who = callerLabel(access.authority);
  throw refuse('permission_denied', `${who} may not ${VERBS[action]} ${labelOf(resource)}`);
}

/** The caller in messages. */
export function callerLabel(authority: Authority): string {
  return isUser(authority) ? `User ${wireName(authority.principal)}` : 'Anonymous users';
}
