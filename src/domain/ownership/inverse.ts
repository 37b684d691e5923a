import { isDeepStrictEqual } from 'node:util';
import { refuse } from '../../base/errors.ts';
import type { Change, FieldChange } from '../../store/changes.ts';
import type { Reader } from '../../store/collection.ts';
import type { Grant } from '../resources/resource.ts';
import { takenNames } from '../workspaces/taken.ts';
import { type Batch, type Movable, type Move, type Planned, readMovable, settled } from './transfer.ts';

export type UpdateChange = Extract<Change, { readonly op: 'update' }>;

/** What a transfer changes and its reversal brings back. */
const RESTORED = ['owners', 'name', 'visibility'] as const;

const GRANT = /^grants\[(.*)\]$/s;

/**
 * What takes these changes back, for every resource that still is what they made it: of the first ones, as many as one
 * transaction changes.
 *
 * @param typesOf of those that are not there any more
 */
export async function inverses(
  reader: Reader,
  changes: readonly UpdateChange[],
  { claimed = new Set() }: Batch,
  typesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<readonly Move[]> {
  const principals = new Set(changes.flatMap(({ fields }) => fields.flatMap(principalsIn)));
  const ids = changes.map((change) => change.id);
  const found = new Map((await readMovable(reader, ids, [...principals])).map((r) => [r._id, r]));
  const names = changes.flatMap(({ fields }) => fields.flatMap((f) => (f.path === 'name' ? [String(f.before)] : [])));
  const taken = await takenNames(reader, names);
  const types = await typesOf(ids.filter((id) => !found.has(id)));
  const planned = changes.map(({ id, fields }): Planned => {
    const before = found.get(id);
    if (before === undefined) {
      return { item: { id, type: types.get(id) ?? '' }, outcome: 'skipped', reason: 'resource_missing' };
    }
    const item = { id, type: before.type };
    if (restoredAll(before, fields) === undefined) return { item, outcome: 'skipped', reason: 'changed_meanwhile' };
    // Its grants may be read again, and more of them: those of the change are the same.
    return { item, before, next: (present) => restoredAll(present, fields) ?? present };
  });
  return settled(reader, planned, (name) => {
    if (taken.has(name) || claimed.has(name)) {
      throw refuse('workspace_name_taken', `There is already a workspace named ${name}`);
    }
    claimed.add(name);
  });
}

/** Whose grants a change is about: those that it changed, and the owners before and after. */
function principalsIn({ path, before, after }: FieldChange): readonly string[] {
  if (path === 'owners') return [before, after].flatMap((ids) => (Array.isArray(ids) ? ids.map(String) : []));
  const principal = GRANT.exec(path)?.[1];
  return principal === undefined ? [] : [principal];
}

/** The resource as it was; undefined where something of it is not what the change made it any more. */
function restoredAll(present: Movable, fields: readonly FieldChange[]): Movable | undefined {
  // A resource may have thousands of grants, and all of them may have changed.
  const grants = new Map(present.grants.map((grant) => [grant.principal, grant]));
  let after = present;
  for (const { path, before, after: made } of fields) {
    const principal = GRANT.exec(path)?.[1];
    const field = RESTORED.find((name) => name === path);
    if (principal !== undefined) {
      if (!isDeepStrictEqual(grants.get(principal), made)) return undefined;
      grants.delete(principal);
      if (before !== undefined) grants.set(principal, before as Grant);
    } else if (field !== undefined) {
      if (!isDeepStrictEqual(present[field], made)) return undefined;
      after = { ...after, [field]: before };
    }
  }
  // The friends of the present owners are others than those of the owners before.
  const forOthers = present.visibility === 'friendly' && after.visibility === 'friendly';
  return { ...after, grants: [...grants.values()], ...(forOthers ? { visibility: 'private' } : {}) };
}
