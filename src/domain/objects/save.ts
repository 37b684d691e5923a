import { refuse } from '../../base/errors.ts';
import type { ObjectInfo } from '../../base/schemas/generated.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { BeforeAfter } from '../../store/bulk.ts';
import type { Part } from '../../store/collection.ts';
import { isFresh } from '../../store/instant.ts';
import type { LaneName } from '../../store/transact.ts';
import type { Transaction } from '../../store/transaction.ts';
import { drawObjectIds } from '../workspaces/head.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { readPermitted } from '../workspaces/permit.ts';
import { objectInfo } from './info.ts';
import { objectId, objects, type StoredObject, type StoredVersion, versionId, versions } from './object.ts';
import type { PreparedObject, PreparedSave } from './prepare.ts';
import { resolveReferences } from './resolve.ts';

const fields = ['ws', 'id', 'name', 'latest', 'deleted', 'deletedIn', 'hidden', 'createdAt', 'modifiedAt'] as const;
type ObjectPart = Part<StoredObject, (typeof fields)[number]>;

/** A new or existing object, and the versions that are saved as it, in order. */
interface Target {
  readonly before: ObjectPart | undefined;
  /** Of a new object it is assigned late. */
  id: number;
  readonly name: string;
  readonly saved: PreparedObject[];
}

/** Saves of more objects than this do not share a transaction with other saves. */
const MAX_IN_SHARED_TRANSACTION = 20;

/**
 * Follows the references again if it is too long ago that the user was allowed to: a reference lets everybody who reads
 * the object also read what it leads to.
 *
 * @throws object_reference_invalid
 */
async function assertReferencesStay(
  tx: Transaction,
  authority: UserAuthority,
  { texts, at }: PreparedSave['references'],
): Promise<void> {
  if (texts.length === 0 || isFresh(at)) return;
  const resolve = await resolveReferences(tx.untracked, authority, texts);
  for (const text of texts) resolve(text);
}

/** Saves of a few objects share transactions; those whose first object is the same wait for each other. */
export function laneOfSave({ workspace, objects }: PreparedSave): LaneName | undefined {
  if (objects.length > MAX_IN_SHARED_TRANSACTION) return undefined;
  const { name, id } = objects[0]?.draft ?? {};
  const object = name ?? id;
  if (object === undefined) return 'objects';
  return { lane: 'objects', document: `object ${JSON.stringify([workspace, object])}` };
}

/**
 * Saves all prepared objects or none. Each gets a new version; it is made if there is none of its name, and restored if
 * it was deleted. Saves of different objects into one workspace write no document in common.
 *
 * @returns the infos, in the order of the objects
 * @throws workspace_missing, workspace_deleted, permission_denied, workspace_locked, object_missing
 */
export async function saveObjects(
  tx: Transaction,
  authority: UserAuthority,
  save: PreparedSave,
): Promise<ObjectInfo[]> {
  const { principal: user } = authority;
  const workspace = await readPermitted({ reader: tx, authority }, save.workspace, {
    verb: 'write to',
    fields: ['locked'],
  });
  assertUnlocked(workspace);
  await assertReferencesStay(tx, authority, save.references);
  const { number: ws } = workspace;
  const targets = await targetsOf(tx, ws, save.objects);
  const made = targets.filter((t) => t.before === undefined);
  const ids = await drawObjectIds(tx, ws, made.length);
  for (const [i, target] of made.entries()) target.id = ids[i] ?? 0;
  const saved = new Map(targets.flatMap((target) => versionsOf(tx, { ws, user }, target)));
  await tx.insertEach(
    objects,
    made.map((target) => madeObject(tx, ws, target)),
  );
  await tx.updateEach(
    objects,
    targets.flatMap((target) => changeOf(tx, target) ?? []),
  );
  tx.insertLast(
    versions,
    [...saved.values()].map(({ version }) => version),
  );
  return save.objects.map((one) => {
    const { version, name } = saved.get(one) ?? unsaved();
    return objectInfo({ object: { name }, workspace }, version, { nameOf: () => wireName(user), withMeta: true });
  });
}

/** The same name twice, or an id and its name, are one object. @throws object_missing */
async function targetsOf(tx: Transaction, ws: number, prepared: readonly PreparedObject[]): Promise<Target[]> {
  const names = prepared.flatMap(({ draft }) => draft.name ?? []);
  const ids = prepared.flatMap(({ draft }) => (draft.id === undefined ? [] : [objectId(ws, draft.id)]));
  const wanted = { fields };
  const named =
    names.length === 0 ? [] : await tx.parts(objects, { ws: { $eq: ws }, name: { $in: [...new Set(names)] } }, wanted);
  const numbered = ids.length === 0 ? [] : await tx.parts(objects, { _id: { $in: [...new Set(ids)] } }, wanted);
  const byName = new Map([...named, ...numbered].map((o) => [o.name, o]));
  const byId = new Map(numbered.map((o) => [o.id, o]));
  const targets = new Map<string, Target>();
  for (const one of prepared) {
    const { name, id } = one.draft;
    const before = id === undefined ? byName.get(name ?? '') : byId.get(id);
    if (id !== undefined && before === undefined) throw refuse('object_missing', `There is no object with id ${id}`);
    const called = before?.name ?? name ?? '';
    const target: Target = targets.get(called) ?? { before, id: before?.id ?? 0, name: called, saved: [] };
    target.saved.push(one);
    targets.set(called, target);
  }
  return [...targets.values()];
}

function madeObject(tx: Transaction, ws: number, { id, name, saved }: Target): Omit<StoredObject, 'revision'> {
  const at = { createdAt: tx.now, modifiedAt: tx.now };
  const _id = tx.assigned(objectId(ws, id));
  return { _id, ws, id, name, latest: saved.length, deleted: false, hidden: isHidden(saved), ...at };
}

function changeOf(tx: Transaction, { before, saved }: Target): BeforeAfter<ObjectPart> | undefined {
  if (before === undefined) return undefined;
  const { deletedIn: _, ...present } = before;
  const latest = before.latest + saved.length;
  return { before, after: { ...present, latest, deleted: false, hidden: isHidden(saved), modifiedAt: tx.now } };
}

/** The last save of the same object wins. */
const isHidden = (saved: readonly PreparedObject[]) => saved.at(-1)?.draft.hidden ?? false;

type Saved = readonly [PreparedObject, { readonly version: StoredVersion; readonly name: string }];

function versionsOf(
  tx: Transaction,
  { ws, user }: { readonly ws: number; readonly user: Principal },
  { before, id, name, saved }: Target,
): Saved[] {
  return saved.map((one, i) => {
    const number = (before?.latest ?? 0) + i + 1;
    const _id = versionId(ws, id, number);
    // The ids of the versions of a new object depend on the id that it is assigned.
    if (before === undefined) tx.assigned(_id);
    const where = { _id, revision: 1, ws, id, version: number };
    const version = { ...where, ...one.version, savedBy: user._id, savedAt: tx.now, adminMeta: [] };
    return [one, { version, name }] as const;
  });
}

function unsaved(): never {
  throw new Error('a saved object has no version');
}
