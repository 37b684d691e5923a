import { refuse, type StewardError } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { idsOf, isUser } from '../../identity/genuineAuthority.ts';
import { wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import { labelOf, type ResourcePart, readResource } from '../resources/reference.ts';
import { rulesOf } from '../resources/types.ts';
import type { ReadAccess } from './context.ts';
import { type AccessFields, type Action, accessFields, type Decision, decide } from './decide.ts';

/** A resource with what decides over it. */
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

/** What must be read of a resource to decide: of its grants, those of who asks and of its roles. */
export const guarding = (authority: Authority) => ({ fields: accessFields, items: { grants: idsOf(authority) } });

/** The resource whose owners and grants count: itself, or what it hangs below where its type has no rights of its own. */
export async function holderOf(reader: Reader, authority: Authority, resource: Guarded): Promise<Guarded> {
  if (rulesOf(resource.type).accessFrom === 'self') return resource;
  const [parent] = resource.parents ?? [];
  if (parent === undefined) return resource;
  return holderOf(reader, authority, await readResource(reader, { id: parent }, guarding(authority)));
}

/** What {@link decide} says of a resource, wherever its access comes from. */
async function decided({ reader, authority }: ReadAccess, action: Action, resource: Guarded): Promise<Decision> {
  return decide(authority, action, await holderOf(reader, authority, resource));
}

export async function may({ reader, authority }: ReadAccess, action: Action, resource: Guarded): Promise<boolean> {
  return (await decided({ reader, authority }, action, resource)).allowed;
}

/** @throws permission_denied, owned_by_many */
export async function assertMay({ reader, authority }: ReadAccess, action: Action, resource: Guarded): Promise<void> {
  const decision = await decided({ reader, authority }, action, resource);
  if (!decision.allowed) throw denied(authority, action, resource, decision);
}

/** The error of a decision against it. */
function denied(authority: Authority, action: Action, resource: Guarded, decision: Decision): StewardError {
  if (action === 'delete' && decision.shared) return refuse('owned_by_many', labelOf(resource));
  return refuse('permission_denied', `${calledInErrors(authority)} may not ${VERBS[action]} ${labelOf(resource)}`);
}

/** How messages call who acts. */
export function calledInErrors(authority: Authority): string {
  return isUser(authority) ? `User ${wireName(authority.principal)}` : 'Anonymous users';
}
