import { isDeepStrictEqual } from 'node:util';
import type { Grant } from '../resources/resource.ts';
import type { Change, FieldChange } from '../store/changes.ts';
import type { Reader } from '../store/collection.ts';
import { takenNames } from '../workspaces/taken.ts';
import { type Movable, type Move, readMovable } from './transfer.ts';

export type UpdateChange = Extract<Change, { readonly op: 'update' }>;

/** What a transfer changes and its reversal brings back. */
const RESTORED = ['owners', 'name', 'visibility'] as const;

const GRANT = /^grants\[(.*)\]$/s;

/**
 * What takes these changes back, for every resource that still is what they made it.
 *
 * @param typesOf of those that are not there any more
 */
export async function inverses(
  reader: Reader,
  changes: readonly UpdateChange[],
  typesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<readonly Move[]> {
  const principals = changes.flatMap(({ fields }) => fields.flatMap(({ path }) => GRANT.exec(path)?.[1] ?? []));
  const ids = changes.map((change) => change.id);
  const found = new Map((await readMovable(reader, ids, [...new Set(principals)])).map((r) => [r._id, r]));
  const taken = await takenNames(
    reader,
    changes.flatMap(({ fields }) => fields.flatMap((f) => (f.path === 'name' ? [String(f.before)] : []))),
  );
  const types = await typesOf(ids.filter((id) => !found.has(id)));
  return changes.map(({ id, fields }): Move => {
    const before = found.get(id);
    if (before === undefined) {
      return { item: { id, type: types.get(id) ?? '' }, outcome: 'skipped', reason: 'resource_missing' };
    }
    const item = { id, type: before.type };
    const after = fields.reduce<Movable | undefined>((doc, field) => doc && restored(doc, field), before);
    if (after === undefined) return { item, outcome: 'skipped', reason: 'changed_meanwhile' };
    const clashes = after.name !== before.name && before.type === 'workspace' && taken.has(after.name);
    return clashes ? { item, outcome: 'failed', reason: 'workspace_name_taken' } : { item, change: { before, after } };
  });
}

/** The resource with one field as it was; undefined where it is not what the change made it any more. */
function restored(doc: Movable, { path, before, after }: FieldChange): Movable | undefined {
  const principal = GRANT.exec(path)?.[1];
  if (principal !== undefined) {
    const present = doc.grants.find((g) => g.principal === principal);
    if (!isDeepStrictEqual(present, after)) return undefined;
    const others = doc.grants.filter((g) => g.principal !== principal);
    return { ...doc, grants: before === undefined ? others : [...others, before as Grant] };
  }
  const field = RESTORED.find((name) => name === path);
  if (field === undefined) return doc;
  return isDeepStrictEqual(doc[field], after) ? { ...doc, [field]: before } : undefined;
}
