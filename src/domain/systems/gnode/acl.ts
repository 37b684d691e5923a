import { StewardError } from '../../../base/errors.ts';
import type { GnodeSharedObject, GnodeSharing, ResourceAcl, SetAcl } from '../../../base/schemas/generated.ts';
import { isRoleId } from '../../../identity/roles.ts';
import type { Reader } from '../../../store/collection.ts';
import { getAcl } from '../../access/acl.ts';
import type { ReadContext, WriteContext } from '../../access/context.ts';
import { setAcl } from '../../access/setAcl.ts';
import { setAclMass } from '../../access/setAclMass.ts';
import type { KeptGrants } from '../../access/wantedAcl.ts';
import { type ObjectNamed, sharedReferenceTo } from './named.ts';
import {
  assertGivable,
  type GrantLevels,
  grantsOf,
  isFit,
  levelShown,
  type Share,
  safetyLevelOf,
  sharesIn,
  visibilityOf,
} from './sharing.ts';

/** A change of the rights; what is absent stays. */
export interface SharingChange {
  readonly safety_level?: unknown;
  readonly shared_with?: unknown;
  readonly cascade?: boolean;
  /** Whether to skip objects that the caller may not share. */
  readonly skip?: boolean;
  /** Whether to notify users of what is shared with them. */
  readonly notify?: boolean;
}

/**
 * The rights on an object, with users by id.
 *
 * @throws resource_missing, permission_denied
 */
export async function getSharing(
  { reader, people, authority }: ReadContext,
  named: ObjectNamed,
): Promise<GnodeSharing> {
  return shown(await getAcl({ reader, people, authority }, sharedReferenceTo(named)), []);
}

/**
 * Shares an object, with `cascade` also what the rule of its type reaches below it. The result names users as the
 * caller did.
 *
 * @throws gnode_data_invalid, resource_missing, permission_denied, access_inherited, grants_full, too_many_resources
 */
export async function setSharing(
  { tx, people, authority }: WriteContext,
  { type, id, ...sent }: ObjectNamed & SharingChange,
): Promise<GnodeSharing> {
  const reference = sharedReferenceTo({ type, id });
  const present = await getAcl({ reader: tx, people, authority }, reference);
  const { shares, change } = await changeIn(tx, sent);
  if (change.visibility === undefined && change.grants === undefined) return shown(present, []);
  assertGivable(shares, [grantLevelsIn(present)]);
  return shown(await setAcl({ tx, people, authority }, { ...reference, ...change }), shares);
}

/**
 * Shares many objects in the same way: all of them or none; with `skip`, those that the caller may share.
 *
 * @throws as setSharing
 */
export async function setSharingMass(
  { tx, people, authority }: WriteContext,
  { type, ids, ...sent }: { readonly type: string; readonly ids: readonly string[] } & SharingChange,
): Promise<GnodeSharedObject[]> {
  const { shares, change } = await changeIn(tx, sent);
  const references = ids.map((id) => sharedReferenceTo({ type, id }));
  if (!shares.every(isFit)) {
    const held: GrantLevels[] = [];
    for (const reference of references) {
      try {
        held.push(grantLevelsIn(await getAcl({ reader: tx, people, authority }, reference)));
      } catch (error) {
        // Objects that are skipped are left out below.
        if (sent.skip !== true || !(error instanceof StewardError)) throw error;
      }
    }
    assertGivable(shares, held);
  }
  const { outcomes } = await setAclMass(tx, authority, {
    resources: references,
    ...change,
    ignoreErrors: sent.skip === true,
  });
  const objects: GnodeSharedObject[] = [];
  for (const [i, reference] of references.entries()) {
    if (outcomes[i]?.error !== undefined) continue;
    const acl = await getAcl({ reader: tx, people, authority }, reference);
    objects.push({ id: acl.externalId ?? acl.id, type: acl.type, fields: shown(acl, shares) });
  }
  return objects;
}

type Change = Pick<SetAcl['params'], 'visibility' | 'grants' | 'mode' | 'cascade' | 'unchangeable' | 'notify'> &
  KeptGrants;

const grantLevelsIn = ({ grants }: Pick<ResourceAcl, 'grants'>): GrantLevels =>
  new Map(grants.flatMap(({ id, level }) => (id === undefined ? [] : [[id, level] as const])));

/** @throws gnode_data_invalid */
async function changeIn(
  reader: Reader,
  { safety_level: safetyLevel, shared_with: sharedWith, cascade = false, skip = false, notify = false }: SharingChange,
): Promise<{ shares: Share[]; change: Change }> {
  const visibility = safetyLevel === undefined || safetyLevel === null ? {} : { visibility: visibilityOf(safetyLevel) };
  const shares = sharedWith === undefined ? [] : await sharesIn(reader, sharedWith);
  // G-Node does not show rights of roles, and so does not remove them.
  const grants =
    sharedWith === undefined ? {} : { ...grantsOf(shares), keepsEnds: true, mode: 'replaceUsers' as const };
  return { shares, change: { ...visibility, ...grants, cascade, unchangeable: skip ? 'skip' : 'refuse', notify } };
}

function shown(
  { visibility, grants }: Pick<ResourceAcl, 'visibility' | 'grants'>,
  sent: readonly Share[],
): GnodeSharing {
  const keys = new Map(sent.map(({ key, id }) => [id, key]));
  const ofUsers = grants.flatMap(({ id, level }) => (id === undefined || isRoleId(id) ? [] : [{ id, level }]));
  return {
    safety_level: safetyLevelOf(visibility),
    shared_with: Object.fromEntries(ofUsers.map(({ id, level }) => [keys.get(id) ?? id, levelShown(level)])),
  };
}
