import { refuse } from '../../base/errors.ts';
import type { ObjectInfo } from '../../base/schemas/generated.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { BeforeAfter } from '../../store/bulk.ts';
import type { Part } from '../../store/collection.ts';
import { isFresh } from '../../store/instant.ts';
import type { Transaction } from '../../store/transaction.ts';
import { drawObjectIds } from '../workspaces/head.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { permitted } from '../workspaces/permit.ts';
import { objectInfo } from './info.ts';
import { objectId, objects, type StoredObject, type StoredVersion, versionId, versions } from './object.ts';
import type { PreparedObject, PreparedSave } from './prepare.ts';
import { resolveReferences } from './resolve.ts';

const fields = ['ws', 'id', 'name', 'latest', 'deleted', 'deletedIn', 'hidden', 'createdAt', 'modifiedAt'] as const;
type ObjectPart = Part<StoredObject, (typeof fields)[number]>;

/** An object that is there already, or is not, and what is saved as it, in order. */
interface Target {
  readonly before: ObjectPart | undefined;
  /** Of one that is not there, drawn last. */
  id: number;
  readonly name: string;
  readonly saved: PreparedObject[];
}

/** So many objects at most one save has that shares its transaction with others, whose records come together. */
const FEW = 20;

/**
 * A reference opens what it leads to for whoever reads the object. Where it took longer than that may be believed since
 * the user was found to be allowed to follow them, they are followed again.
 *
 * @throws object_reference_invalid
 */
async function assertReferencesStay(
  tx: Transaction,
  who: UserAuthority,
  { texts, at }: PreparedSave['references'],
): Promise<void> {
  if (texts.length === 0 || isFresh(at)) return;
  const resolve = await resolveReferences(tx.aside, who, texts);
  for (const text of texts) resolve(text);
}

/** Small saves share transactions. */
export const laneOfSave = ({ objects }: PreparedSave) => (objects.length <= FEW ? 'objects' : undefined);

/**
 * Saves what was prepared, all of it or nothing: each object gets a new version, comes into being where there is none of
 * its name, and is there again where it was deleted. Saves into one workspace touch no document in common but those of the
 * objects themselves.
 *
 * @returns the infos, in the order of the objects
 * @throws workspace_missing, workspace_deleted, permission_denied, workspace_locked, object_missing
 */
export async function saveObjects(tx: Transaction, who: UserAuthority, save: PreparedSave): Promise<ObjectInfo[]> {
  const { principal: user } = who;
  const workspace = await permitted(tx, who, ['write', 'write to'], save.workspace, ['locked']);
  assertUnlocked(workspace);
  await assertReferencesStay(tx, who, save.references);
  const { number: ws } = workspace;
  const targets = await targetsOf(tx, ws, save.objects);
  const made = targets.filter((t) => t.before === undefined);
  const ids = await drawObjectIds(tx, ws, made.length);
  for (const [i, target] of made.entries()) target.id = ids[i] ?? 0;
  const saved = new Map(targets.flatMap((target) => versionsOf(tx, ws, user, target)));
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
    return objectInfo({ object: { name }, workspace }, version, () => wireName(user), true);
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

/** As the last of the same object says, as everything of it. */
const isHidden = (saved: readonly PreparedObject[]) => saved.at(-1)?.draft.hidden ?? false;

type Saved = readonly [PreparedObject, { readonly version: StoredVersion; readonly name: string }];

function versionsOf(tx: Transaction, ws: number, user: Principal, { before, id, name, saved }: Target): Saved[] {
  return saved.map((one, i) => {
    const number = (before?.latest ?? 0) + i + 1;
    const _id = versionId(ws, id, number);
    // Of an object that is there, nothing is made up.
    if (before === undefined) tx.assigned(_id);
    const where = { _id, revision: 1, ws, id, version: number };
    const version = { ...where, ...one.version, savedBy: user._id, savedAt: tx.now, adminMeta: [] };
    return [one, { version, name }] as const;
  });
}

function unsaved(): never {
  throw new Error('an object was saved, and has no version');
}
