import { refuse } from '../../base/errors.ts';
import type { CopyObjectMethod, ObjectIdentity, ObjectInfo } from '../../base/schemas/generated.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { Transaction } from '../../store/transaction.ts';
import { drawObjectIds } from '../workspaces/head.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { locateForChange } from './change.ts';
import { type CopyTarget, copyOf, type NewVersion, repetitionOf } from './copies.ts';
import { undeleted } from './deleted.ts';
import { type ObjectIdentifier, objectIdentifierOf } from './identify.ts';
import { objectInfo } from './info.ts';
import { type Destination, type Located, locate, type ObjectPart } from './locate.ts';
import { objectId, objects, type StoredVersion, versions } from './object.ts';
import { withPrefix } from './refusals.ts';

/**
 * Copies an object. To a new name, all versions are copied, unless one is named. To an existing object, the copy is its
 * next version; a deleted object is restored.
 *
 * @returns the info of the newest copy
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function copyObject(
  tx: Transaction,
  authority: UserAuthority,
  params: CopyObjectMethod['params'],
): Promise<ObjectInfo> {
  const from = objectIdentifierOf(params.from);
  const to = objectIdentifierOf(params.to);
  const locator = await locate(tx, authority, [from, to]);
  const source = locator.permitted(from, 'read');
  const target = locator.destination(to, 'write to');
  withPrefix(`Object ${to.given} cannot be accessed: `, () => assertUnlocked(target.workspace));
  const { workspace, object } = target;
  const all = from.version === undefined && object === undefined;
  const copied = await readWhole(tx, source, all ? undefined : source.version);
  const write = { tx, user: authority.principal, workspace };
  if (object !== undefined) return addVersion(write, object, (next) => copyOf(newest(copied), next));
  return makeObject(write, to, copied);
}

/**
 * Makes an earlier version of an object its newest one again.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function revertObject(
  tx: Transaction,
  authority: UserAuthority,
  identity: ObjectIdentity,
): Promise<ObjectInfo> {
  const identifier = objectIdentifierOf(identity);
  const [located] = await locateForChange({ tx, authority }, [identifier], { verb: 'write to' });
  if (located === undefined) throw new Error('an object was located and is missing');
  const earlier = newest(await readWhole(tx, located, located.version));
  const { workspace, object } = located;
  return addVersion({ tx, user: authority.principal, workspace }, object, (next) => repetitionOf(earlier, next));
}

/** One version of an object or all of them, the oldest first. */
async function readWhole(tx: Transaction, { object }: Located, version: number | undefined): Promise<StoredVersion[]> {
  const which = version === undefined ? {} : { version: { $eq: version } };
  const filter = { ws: { $eq: object.ws }, id: { $eq: object.id }, ...which };
  return tx.find(versions, filter, { sort: { ws: -1, id: -1, version: 1 } });
}

interface CopyWrite {
  readonly tx: Transaction;
  readonly user: Principal;
  readonly workspace: Destination['workspace'];
}

/** Adds a version to an object. */
async function addVersion(
  { tx, user, workspace }: CopyWrite,
  object: ObjectPart,
  make: (next: CopyTarget) => NewVersion,
): Promise<ObjectInfo> {
  const { ws, id, latest } = object;
  const added = make({ ws, id, version: latest + 1, savedBy: user, savedAt: tx.now });
  await drawObjectIds(tx, ws, 0);
  await tx.update(objects, object, { ...undeleted(object), latest: added.version, modifiedAt: tx.now });
  const stored = await tx.insert(versions, added);
  return objectInfo({ object, workspace }, stored, { nameOf: () => wireName(user), withMeta: true });
}

/** Makes an object with copies of these versions. */
async function makeObject(
  { tx, user, workspace }: CopyWrite,
  { name, given }: ObjectIdentifier,
  sources: readonly StoredVersion[],
): Promise<ObjectInfo> {
  const ws = workspace.number;
  if (name === undefined) {
    const what = `Copy destination is specified as object id ${given} in workspace ${ws} which does not exist.`;
    throw refuse('object_missing', what);
  }
  const [id = 0] = await drawObjectIds(tx, ws, 1);
  const copies = sources.map((source, i) => copyOf(source, { ws, id, version: i + 1, savedBy: user, savedAt: tx.now }));
  const made = {
    _id: tx.assigned(objectId(ws, id)),
    ws,
    id,
    name,
    latest: copies.length,
    deleted: false,
    hidden: false,
  };
  await tx.insert(objects, { ...made, createdAt: tx.now, modifiedAt: tx.now });
  for (const { _id } of copies) tx.assigned(_id);
  await tx.insertEach(versions, copies);
  return objectInfo({ object: made, workspace }, newest(copies), { nameOf: () => wireName(user), withMeta: true });
}

function newest<T>(sorted: readonly (T | undefined)[]): T {
  const last = sorted.at(-1);
  if (last === undefined) throw new Error('an object has no version');
  return last;
}
