import { refuse, type StewardError } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { idsOf, isUser } from '../../identity/genuineAuthority.ts';
import { wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import { labelOf, type ResourcePart, readResource } from '../resources/reference.ts';
import { rulesOf } from '../resources/types.ts';
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
export const guarding = (who: Authority) => ({ fields: accessFields, items: { grants: idsOf(who) } });

/** The resource whose owners and grants count: itself, or what it hangs below where its type has no rights of its own. */
export async function holderOf(reader: Reader, who: Authority, resource: Guarded): Promise<Guarded> {
  if (rulesOf(resource.type).accessFrom === 'self') return resource;
  const [parent] = resource.parents ?? [];
  if (parent === undefined) return resource;
  return holderOf(reader, who, await readResource(reader, { id: parent }, guarding(who)));
}

/** What {@link decide} says of a resource, wherever its access comes from. */
async function decided(reader: Reader, who: Authority, action: Action, resource: Guarded): Promise<Decision> {
  return decide(who, action, await holderOf(reader, who, resource));
}

export async function may(reader: Reader, who: Authority, action: Action, resource: Guarded): Promise<boolean> {
  return (await decided(reader, who, action, resource)).allowed;
}

/** @throws permission_denied, owned_by_many */
export async function assertMay(reader: Reader, who: Authority, action: Action, resource: Guarded): Promise<void> {
  const decision = await decided(reader, who, action, resource);
  if (!decision.allowed) throw denied(who, action, resource, decision);
}

/** The error of a decision against it. */
function denied(who: Authority, action: Action, resource: Guarded, decision: Decision): StewardError {
  if (action === 'delete' && decision.shared) return refuse('owned_by_many', labelOf(resource));
  return refuse('permission_denied', `${calledInErrors(who)} may not ${VERBS[action]} ${labelOf(resource)}`);
}

/** How messages call who acts. */
export function calledInErrors(who: Authority): string {
  return isUser(who) ? `User ${wireName(who.principal)}` : 'Anonymous users';
}
