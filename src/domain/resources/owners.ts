import { refuse } from '../../base/errors.ts';
import { isRoleId } from '../../identity/roles.ts';
import { type OwnerKind, type ResourceType, rulesOf } from './types.ts';

const WORDS: Readonly<Record<OwnerKind, string>> = { user: 'users', role: 'roles' };

/**
 * @param ids of the users and roles that are to own the resource, each once
 * @throws owner_kind_not_allowed
 */
export function assertOwners(type: ResourceType, externalId: string | undefined, ids: readonly string[]): void {
  const { owners } = rulesOf(type);
  const bad = (message: string) => refuse('owner_kind_not_allowed', `A resource of type ${type} ${message}`);
  if (owners.max === 0 && ids.length > 0) throw bad('has no owner of its own');
  const kinds = new Set(ids.map((id): OwnerKind => (isRoleId(id) ? 'role' : 'user')));
  const wrong = [...kinds].find((kind) => !owners.kinds.includes(kind));
  if (wrong !== undefined) throw bad(`is not owned by ${WORDS[wrong]}`);
  if (ids.length < owners.min || ids.length > owners.max) {
    const many = owners.min === owners.max ? `exactly ${owners.min}` : `${owners.min} to ${owners.max}`;
    throw bad(`has ${many} owner${owners.max === 1 ? '' : 's'}, not ${ids.length}`);
  }
  if (kinds.has('role')) assertRoleMayOwn(type, externalId);
}

/** A role may own resources of some types only with certain external ids. @throws owner_kind_not_allowed */
export function assertRoleMayOwn(type: ResourceType, externalId: string | undefined): void {
  const { roleOwnerNeedsId: forms } = rulesOf(type);
  if (forms === undefined || forms.some(({ like }) => like.test(externalId ?? ''))) return;
  throw refuse(
    'owner_kind_not_allowed',
    `A role can only own a resource of type ${type} whose external id ${forms.map(({ words }) => words).join(' or ')}`,
  );
}
