import { refuse } from '../../base/errors.ts';
import type { CloneWorkspaceMethod, WorkspaceInfo } from '../../base/schemas/generated.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Transaction } from '../../store/transaction.ts';
import { createWorkspace } from '../workspaces/create.ts';
import { drawObjectIds } from '../workspaces/head.ts';
import type { WorkspacePart } from '../workspaces/identity.ts';
import { readPermitted } from '../workspaces/permit.ts';
import { copyOf } from './copies.ts';
import { presentFilter } from './deleted.ts';
import { assertObjectId, assertOneNaming } from './identify.ts';
import { assertObjectName } from './names.ts';
import { objectId, objects, type StoredObject, versions } from './object.ts';
import { withPrefix } from './refusals.ts';

/** The versions that one transaction can copy well within its limit of a minute. */
const MAX_CLONED = 50_000;
/** The versions that are copied at a time. */
const BATCH = 1_000;

type Excluded = CloneWorkspaceMethod['params']['exclude'];
type Source = WorkspacePart<'undeletions'>;

/**
 * Makes a workspace of this user with a copy of every object of another one that is not deleted: with all versions, and
 * the same object ids. Description, metadata and permissions are not copied.
 *
 * @throws workspace_not_named, workspace_missing, workspace_deleted, permission_denied, object_not_named,
 *   object_name_invalid, object_missing, clone_too_large, and what createWorkspace throws
 */
export async function cloneWorkspace(
  tx: Transaction,
  authority: UserAuthority,
  { wsi, exclude, ...clone }: CloneWorkspaceMethod['params'],
): Promise<WorkspaceInfo> {
  assertExcluded(exclude);
  const source = await readPermitted({ reader: tx, authority }, wsi, { verb: 'read', fields: ['undeletions'] });
  const copied = await without(exclude, source, await presentObjects(tx, source));
  const count = copied.reduce((sum, object) => sum + object.latest, 0);
  if (count > MAX_CLONED) throw refuse('clone_too_large', count, MAX_CLONED);
  const info = await createWorkspace(tx, authority.principal, clone);
  const last = copied.at(-1)?.id ?? 0;
  await copyObjects(tx, { user: authority.principal, from: source.number, to: info[0] }, copied);
  if (last > 0) await drawObjectIds(tx, info[0], last);
  return [info[0], info[1], info[2], info[3], last, info[5], info[6], info[7], info[8]];
}

/** @throws object_not_named, object_name_invalid */
function assertExcluded(excluded: Excluded): void {
  for (const [i, { name, objid }] of (excluded ?? []).entries()) {
    withPrefix(`Error with excluded object #${i + 1}: `, () => {
      assertOneNaming(name, objid);
      if (name !== undefined) assertObjectName(name);
      assertObjectId(objid, undefined);
    });
  }
}

function presentObjects(tx: Transaction, source: Source): Promise<StoredObject[]> {
  const filter = { ws: { $eq: source.number }, ...presentFilter(source) };
  return tx.find(objects, filter, { sort: { ws: 1, id: 1 } });
}

async function without(excluded: Excluded, source: Source, present: readonly StoredObject[]): Promise<StoredObject[]> {
  const names = new Set<string>();
  const ids = new Set<number>();
  for (const { name, objid } of excluded ?? []) {
    const found = present.some((object) => (name === undefined ? object.id === objid : object.name === name));
    if (!found) {
      const which = `No object with ${name === undefined ? 'id' : 'name'} ${name ?? objid}`;
      throw refuse('object_missing', `${which} exists in workspace ${source.number} (name ${source.name})`);
    }
    if (name === undefined) ids.add(objid ?? 0);
    else names.add(name);
  }
  return present.filter(({ name, id }) => !names.has(name) && !ids.has(id));
}

interface Copying {
  readonly user: Principal;
  /** Numbers of workspaces. */
  readonly from: number;
  readonly to: number;
}

async function copyObjects(tx: Transaction, { user, from, to: ws }: Copying, copied: readonly StoredObject[]) {
  const at = { createdAt: tx.now, modifiedAt: tx.now };
  for (const batch of batchesOf(copied)) {
    const made = batch.map(({ id, name, latest, hidden }) => {
      return { _id: tx.assigned(objectId(ws, id)), ws, id, name, latest, hidden, deleted: false, ...at };
    });
    await tx.insertEach(objects, made, `copies of ${made.length} objects of workspace ${from}`);
    const ids = { $in: batch.map((object) => object.id) };
    const found = await tx.find(versions, { ws: { $eq: from }, id: ids }, { sort: { ws: 1, id: 1, version: -1 } });
    const copies = found.map((source) =>
      copyOf(source, { ws, id: source.id, version: source.version, savedBy: user, savedAt: tx.now }),
    );
    await tx.insertEach(versions, copies, `copies of ${copies.length} versions of workspace ${from}`);
  }
}

/** The objects in batches with at most 1,000 versions, or of one object. */
function* batchesOf(copied: readonly StoredObject[]): Generator<StoredObject[]> {
  let batch: StoredObject[] = [];
  let count = 0;
  for (const object of copied) {
    if (batch.length > 0 && count + object.latest > BATCH) {
      yield batch;
      batch = [];
      count = 0;
    }
    batch.push(object);
    count += object.latest;
  }
  if (batch.length > 0) yield batch;
}
