import { refuse, type StewardError } from '../../base/errors.ts';
import { sameEnd } from '../../base/expiry.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights, idsOf, isUser } from '../../identity/genuineAuthority.ts';
import { isRoleId } from '../../identity/roles.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { Node } from '../resources/branch.ts';
import { bytesOfField, updateResources } from '../resources/collections.ts';
import { labelOf, type Reference, readChildren, readResource, readResources } from '../resources/reference.ts';
import { type Grant, workspaces } from '../resources/resource.ts';
import { rulesOf } from '../resources/types.ts';
import { byRule, cascadeFrom, divide, typesBelow } from './cascade.ts';
import type { WriteAccess } from './context.ts';
import { type AccessFields, type Action, accessFields, endOf } from './decide.ts';
import { type AclChange, assertRoomEach, bytesOfGrants, holdingGrants, withAcl } from './grants.ts';
import { assertMay, callerLabel, type Guarded } from './may.ts';
import type { WantedAcl } from './wantedAcl.ts';

/** A resource whose rights changed, and the first grants that it gives somebody. */
export interface Changed {
  readonly id: string;
  readonly added: readonly Grant[];
}

export interface AclOutcome {
  /** The root first. */
  readonly changed: readonly Changed[];
  readonly skipped: readonly string[];
  /** How many had these rights already. */
  readonly unchanged: number;
}

/** @throws invalid_params, resource_missing, access_inherited */
export async function readTarget(
  { tx, authority }: WriteAccess,
  reference: Reference,
  { change }: WantedAcl,
): Promise<Guarded> {
  const found = await readResource(tx, reference, wantedOf(authority, change));
  if (rulesOf(found.type).accessFrom === 'self') return found;
  const [parent] = found.parents ?? [];
  const above = parent === undefined ? found : await readResource(tx, { id: parent }, { fields: [] });
  throw refuse('access_inherited', labelOf(found), labelOf(above));
}

/** All grants if they are replaced; else those of the caller, for the decision, and those that change. */
function wantedOf(authority: Authority, { mode, grants }: AclChange) {
  if ((mode === 'replace' || mode === 'replaceUsers') && grants !== undefined) return { fields: accessFields };
  const ids = [...idsOf(authority), ...(grants ?? []).map((g) => g.principal)];
  return { fields: accessFields, items: { grants: ids } };
}

/**
 * Changes the rights on a resource and on what a cascade reaches below it. Permissions are checked before anything is
 * changed, and the size of the change before it is read, so that no call takes long.
 *
 * @throws permission_denied, workspace_locked, grants_full, too_many_resources, change_too_big
 */
export async function applyAcl({ tx, authority }: WriteAccess, root: Guarded, wanted: WantedAcl): Promise<AclOutcome> {
  const { change, cascade } = wanted;
  const actions = actionsOf(change);
  if (!givesUp(authority, root, wanted))
    for (const action of actions) await assertMay({ reader: tx, authority }, action, root);
  const below = cascade ? await reachedBelow({ tx, authority }, root, wanted) : [];
  const { allowed, refused } = divide(authority, actions, below);
  const [first] = refused;
  if (first !== undefined && wanted.unchangeable === 'refuse')
    throw refusedBelow(authority, { root, first, count: refused.length });
  const { at } = authority;
  const all = [root, ...allowed].map((node) => {
    const end = endOf(authority, 'share', node);
    return { before: node, after: { ...node, ...withAcl(node, change, { at, end, what: labelOf(node) }) } };
  });
  const differing = all.filter(({ before, after }) => differs(before, after));
  await assertChangeable(tx, differing);
  await updateResources(tx, differing);
  remarkOwners(tx, [root, ...allowed], wanted);
  const changed = differing.map(({ before, after }) => ({ id: before._id, added: newIn(before, after, at) }));
  if (wanted.notify || hasAllRights(authority)) notifyOfGrants(tx, root, changed);
  return { changed, skipped: refused.map(({ _id }) => _id), unchanged: all.length - differing.length };
}

/** Notifies each user once of what is shared with them; the members of a role are not notified. */
function notifyOfGrants(tx: Transaction, root: Guarded, changed: readonly Changed[]): void {
  const given = new Map<string, Grant[]>();
  for (const grant of changed.flatMap(({ added }) => added)) {
    given.set(grant.principal, [...(given.get(grant.principal) ?? []), grant]);
  }
  for (const [to, [first, ...others]] of given) {
    if (isRoleId(to) || first === undefined) continue;
    const what = others.length === 0 ? labelOf(root) : `${labelOf(root)} and ${others.length} more below it`;
    const isOneEnd = first.expires !== undefined && others.every((grant) => sameEnd(grant, first));
    const until = isOneEnd ? `, until ${first.expires.toISOString()}` : '';
    tx.notify({ to, about: 'permissionChanged', text: `You now have a permission of your own on ${what}${until}.` });
  }
}

function actionsOf({ visibility, grants }: AclChange): Action[] {
  return [
    ...(grants === undefined ? [] : ['share' as const]),
    ...(visibility === undefined ? [] : ['publish' as const]),
  ];
}

/** Whether users give up their own grant on one resource, which everybody may. */
function givesUp(
  authority: Authority,
  root: Guarded,
  { change: { mode, visibility, grants = [] }, cascade }: WantedAcl,
): boolean {
  if (!isUser(authority) || mode !== 'remove' || visibility !== undefined || cascade) return false;
  const own = authority.principal._id;
  return (
    grants.length === 1 &&
    grants[0]?.principal === own &&
    holdingGrants(root.grants, authority.at).some((g) => g.principal === own)
  );
}

/** @throws too_many_resources, change_too_big */
async function reachedBelow(
  { tx, authority }: WriteAccess,
  root: Guarded,
  { change, depth, budget }: WantedAcl,
): Promise<Guarded[]> {
  // The first walk reads no grants, which may be a thousand times as much.
  const children = (parents: readonly Node[], limit: number) =>
    readChildren(tx, parents, { fields: [], limit, types: typesBelow(parents) });
  const [, ...heads] = await cascadeFrom<Node>([root], children, byRule(depth));
  const ids = heads.map(({ _id }) => _id);
  if (ids.length === 0) return [];
  const what = `Setting the rights on ${labelOf(root)} and ${ids.length} below it`;
  budget.spend(what, ids.length * bytesOfGrants(change));
  const wanted = wantedOf(authority, change);
  // A removed grant is in the record with its position: about twice its size.
  if (wanted.items === undefined) budget.spend(what, 2 * (await bytesOfField(tx, ids, 'grants')));
  const found = new Map((await readResources(tx, ids, wanted)).map((node) => [node._id, node]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

function refusedBelow(
  authority: Authority,
  { root, first, count }: { readonly root: Guarded; readonly first: Guarded; readonly count: number },
): StewardError {
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  return refuse(
    'permission_denied',
    `${callerLabel(authority)} may not share ${labelOf(first)}${others} below ${labelOf(root)}; nothing was changed`,
  );
}

type Rights = Pick<AccessFields, 'grants' | 'visibility'>;

function differs(before: Rights, after: Rights): boolean {
  const held = new Map(before.grants.map((g) => [g.principal, g]));
  return (
    before.visibility !== after.visibility ||
    before.grants.length !== after.grants.length ||
    after.grants.some((g) => !sameGrant(g, held.get(g.principal)))
  );
}

const sameGrant = (one: Grant, other: Grant | undefined) => one.level === other?.level && sameEnd(one, other);

function newIn(before: Rights, after: Rights, at: Date): Grant[] {
  const held = new Set(holdingGrants(before.grants, at).map((g) => g.principal));
  return after.grants.filter((g) => !held.has(g.principal));
}

/** @throws workspace_locked, grants_full */
async function assertChangeable(
  tx: Transaction,
  changes: readonly { readonly before: Guarded; readonly after: Rights }[],
): Promise<void> {
  for (const { before, after } of changes) {
    const closes = before.visibility === 'public' && after.visibility !== 'public';
    if (closes && before.type === 'workspace') await assertUnlocked(tx, before);
  }
  // Grants that were not read stay, so that the difference is what counts.
  const more = changes.map(({ before, after }) => ({
    id: before._id,
    added: after.grants.length - before.grants.length,
  }));
  await assertRoomEach(
    tx,
    more.filter(({ added }) => added > 0),
  );
}

/** A locked workspace may be opened to everybody, but not closed. @throws workspace_locked */
async function assertUnlocked(tx: Transaction, { _id, name }: Guarded): Promise<void> {
  const [workspace] = await tx.parts(workspaces, { _id: { $eq: _id } }, { fields: ['locked', 'number'] });
  if (workspace?.locked) throw refuse('workspace_locked', workspace.number, name);
}

function remarkOwners(tx: Transaction, nodes: readonly Guarded[], { change, accounts }: WantedAcl): void {
  for (const { id, wire } of change.grants === undefined ? [] : accounts) {
    const owned = nodes.filter((node) => node.owners.includes(id));
    const [first] = owned;
    if (first === undefined) continue;
    const others = owned.length === 1 ? '' : ` and ${owned.length - 1} more`;
    tx.remark(`${wire} owns ${labelOf(first)}${others}: no grant is needed there`);
  }
}
