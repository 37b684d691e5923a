import { refuse } from '../../../base/errors.ts';
import type { Authority } from '../../../identity/authority.ts';
import { assertAllRights } from '../../../identity/genuineAuthority.ts';
import { IIIF_ONCE, IIIF_USERS } from '../../../identity/nameRules.ts';
import { resolveToGive, resolveToTake } from '../../../identity/resolver.ts';
import type { Reader } from '../../../store/collection.ts';
import { MAX_MANY_CHANGES_BYTES } from '../../../store/size.ts';
import type { Transaction } from '../../../store/transaction.ts';
import { byRule } from '../../access/cascade.ts';
import { assertOwners } from '../../resources/owners.ts';
import { resources } from '../../resources/resource.ts';
import { below, type GuardedObject, objectsByAtId } from './objects.ts';
import { withOwnersOf } from './owners.ts';

export interface PermissionUpdate {
  readonly collections?: readonly string[];
  readonly manifests?: readonly string[];
  readonly username?: string;
  readonly action?: string;
  readonly recursive?: 'deep';
}

type Action = 'ADD' | 'REMOVE';

/** The most objects that one call looks at. To change this many takes more bytes than one call may change. */
const MAX_REACHED = 120_000;

/**
 * Adds an account of staff to the owners of these objects and of objects below them, or removes it: of the
 * sub-collections and manifests of a collection, with `deep` also of those of its sub-collections, and of all parts of
 * each manifest. Either all are changed or none.
 *
 * @returns for how many objects the owners changed
 * @throws iiif_invalid, staff_name_unknown, iiif_object_missing, too_many_resources, change_too_big,
 *   owner_kind_not_allowed, recipient_unfit, grants_full
 */
export async function updateStaffPermissions(
  tx: Transaction,
  authority: Authority,
  update: PermissionUpdate,
): Promise<number> {
  assertAllRights(authority);
  const { recursive } = update;
  const { username, action } = requestedGrant(update);
  // A closed account can lose ownership, but not get it.
  const accounts =
    action === 'ADD'
      ? await resolveToGive(tx, [username], IIIF_USERS)
      : await resolveToTake(tx.untracked, [username], IIIF_ONCE);
  const ids = accounts.map(({ id }) => id);
  const roots = await rootsOf(tx, update);
  const rule = byRule();
  const reached = await below(tx, roots, {
    follow: (parent, child, depth) =>
      rule(parent, child, depth) && (parent.type !== 'collection' || depth === 1 || recursive === 'deep'),
    max: MAX_REACHED,
  });
  const changes = reached.flatMap((node) => {
    const owners = withOwners(node, ids, action);
    return owners === node.owners ? [] : [{ node, owners }];
  });
  for (const { node, owners } of changes) assertOwners(node.type, node.externalId, owners);
  const each = await withOwnersOf(
    tx,
    changes.map(({ node, owners }) => ({ object: node, owners })),
  );
  tx.allowChange(MAX_MANY_CHANGES_BYTES);
  await tx.updateEach(resources, each);
  return changes.length;
}

/** Checks in the order of the IIIF API, with its messages. @throws iiif_invalid */
function requestedGrant({ username, action }: PermissionUpdate): { username: string; action: Action } {
  if (username === undefined) throw refuse('iiif_invalid', 'username field is required');
  if (action === undefined) {
    throw refuse('iiif_invalid', "action field is required. Possible values are 'ADD' and 'REMOVE'.");
  }
  if (action !== 'ADD' && action !== 'REMOVE') {
    throw refuse('iiif_invalid', "Allowed values for action are 'ADD' and 'REMOVE'.");
  }
  return { username, action };
}

/** Collections come before manifests. */
async function rootsOf(
  reader: Reader,
  { collections = [], manifests = [] }: PermissionUpdate,
): Promise<GuardedObject[]> {
  return [
    ...(await objectsByAtId(reader, 'collection', collections)),
    ...(await objectsByAtId(reader, 'manifest', manifests)),
  ];
}

function withOwners({ owners }: GuardedObject, accounts: readonly string[], action: Action): readonly string[] {
  const missing = accounts.filter((id) => !owners.includes(id));
  if (action === 'ADD') return missing.length === 0 ? owners : [...owners, ...missing];
  return missing.length === accounts.length ? owners : owners.filter((id) => !accounts.includes(id));
}
