import { refuse } from '../../base/errors.ts';
import type { CopyObjectMethod, ObjectIdentity, ObjectInfo } from '../../base/schemas/generated.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { Transaction } from '../../store/transaction.ts';
import { drawObjectIds } from '../workspaces/head.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { changeable } from './change.ts';
import { copyOf, type NewVersion, repetitionOf } from './copies.ts';
import { undeleted } from './deleted.ts';
import { type ObjectIdentifier, objectIdentifierOf } from './identify.ts';
import { objectInfo } from './info.ts';
import { type Located, locate, type ObjectPart, type Room, reading } from './locate.ts';
import { objectId, objects, type StoredVersion, versions } from './object.ts';
import { within } from './refusals.ts';

/**
 * Copies a version of an object. To a name that is new in its workspace all versions are copied, unless one is named; to
 * an object that is there the copy is its next version, and brings it back where it was deleted.
 *
 * @returns the info of the newest copy
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function copyObject(
  tx: Transaction,
  who: UserAuthority,
  params: CopyObjectMethod['params'],
): Promise<ObjectInfo> {
  const from = objectIdentifierOf(params.from);
  const to = objectIdentifierOf(params.to);
  const locator = await locate(tx, who, [from, to]);
  const source = locator.permitted(from, reading);
  const target = locator.room(to, ['write', 'write to']);
  within(`Object ${to.given} cannot be accessed: `, () => assertUnlocked(target.workspace));
  const copied = await sourcesOf(tx, source, from, target);
  if (target.object !== undefined) {
    return addVersion(tx, who.principal, { ...target, object: target.object }, (becoming) =>
      copyOf(newest(copied), becoming),
    );
  }
  return makeObject(tx, who.principal, target, to, copied);
}

/**
 * Makes an earlier version of an object its newest one again.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function revertObject(tx: Transaction, who: UserAuthority, identity: ObjectIdentity): Promise<ObjectInfo> {
  const identifier = objectIdentifierOf(identity);
  const [located] = await changeable(tx, who, ['write', 'write to'], [identifier]);
  if (located === undefined) throw new Error('an object was permitted, and is not there');
  const [earlier] = await readWhole(tx, located, located.version);
  return addVersion(tx, who.principal, located, (becoming) => repetitionOf(newest([earlier]), becoming));
}

/** What is copied: the version that is named, or all of them to a new name; the oldest first. */
function sourcesOf(tx: Transaction, source: Located, from: ObjectIdentifier, target: Room): Promise<StoredVersion[]> {
  const all = from.version === undefined && target.object === undefined;
  return readWhole(tx, source, all ? undefined : source.version);
}

async function readWhole(tx: Transaction, { object }: Located, version: number | undefined): Promise<StoredVersion[]> {
  const which = version === undefined ? {} : { version: { $eq: version } };
  const filter = { ws: { $eq: object.ws }, id: { $eq: object.id }, ...which };
  return tx.find(versions, filter, { sort: { ws: -1, id: -1, version: 1 } });
}

/** Makes the version the next one of an object. */
async function addVersion(
  tx: Transaction,
  user: Principal,
  { workspace, object }: { readonly workspace: Room['workspace']; readonly object: ObjectPart },
  make: (becoming: Parameters<typeof copyOf>[1]) => NewVersion,
): Promise<ObjectInfo> {
  const { ws, id, latest } = object;
  const added = make({ ws, id, version: latest + 1, savedBy: user, savedAt: tx.now });
  await drawObjectIds(tx, ws, 0);
  await tx.update(objects, object, { ...undeleted(object), latest: added.version, modifiedAt: tx.now });
  const stored = await tx.insert(versions, added);
  return objectInfo({ object, workspace }, stored, () => wireName(user), true);
}

/** Makes an object of all these versions. */
async function makeObject(
  tx: Transaction,
  user: Principal,
  { workspace }: Room,
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
  return objectInfo({ object: made, workspace }, newest(copies), () => wireName(user), true);
}

function newest<T>(sorted: readonly (T | undefined)[]): T {
  const last = sorted.at(-1);
  if (last === undefined) throw new Error('an object without a version');
  return last;
}
