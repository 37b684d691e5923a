import { refuse } from '../../base/errors.ts';
import { type Expiring, holds } from '../../base/expiry.ts';
import type { Change, FieldChange } from '../../store/changes.ts';
import type { Reader } from '../../store/collection.ts';
import type { Grant, Resource } from '../resources/resource.ts';
import { takenNames } from '../workspaces/taken.ts';
import { type Batch, type Movable, type Move, type Planned, readMovable, settled } from './transfer.ts';
import { undone } from './undo.ts';

export type UpdateChange = Extract<Change, { readonly op: 'update' }>;

/** The fields that a transfer changes and a revert restores. */
const RESTORED = ['owners', 'name', 'visibility'] as const;

const GRANT = /^grants\[(.*)\]$/s;

interface InverseBatch extends Batch {
  /** The types of resources that are missing. */
  readonly typesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/**
 * The moves that revert these changes, for every resource that is still as they left it: of the first ones, as many as
 * fit into one transaction.
 */
export async function inverses(
  reader: Reader,
  changes: readonly UpdateChange[],
  { now, claimed = new Set(), typesOf }: InverseBatch,
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
    if (restoredAll(before, fields, now) === undefined)
      return { item, outcome: 'skipped', reason: 'changed_meanwhile' };
    // `next` may be called again with more of the grants; those of the change have not changed.
    return { item, before, next: (present) => restoredAll(present, fields, now) ?? present };
  });
  const claim = (name: string) => {
    if (taken.has(name) || claimed.has(name)) {
      throw refuse('workspace_name_taken', `There is already a workspace named ${name}`);
    }
    claimed.add(name);
  };
  return settled(reader, planned, { now, claim });
}

/** The principals of the grants that a change touches, and the owners before and after. */
function principalsIn({ path, before, after }: FieldChange): readonly string[] {
  if (path === 'owners') return [before, after].flatMap((ids) => (Array.isArray(ids) ? ids.map(String) : []));
  const principal = GRANT.exec(path)?.[1];
  return principal === undefined ? [] : [principal];
}

/**
 * The resource as it was before; undefined if it is no longer as the change left it. A grant that has expired since then
 * counts as none: it may have been removed, and is not given again.
 */
function restoredAll(present: Movable, fields: readonly FieldChange[], now: Date): Movable | undefined {
  const restored = fields.filter(({ path }) => GRANT.test(path) || RESTORED.some((name) => name === path));
  const { before, mismatches } = undone(present, restored, {
    keyedLists: { grants: 'principal' },
    counting: (item) => holding(item as Grant | undefined, now),
  });
  if (mismatches.length > 0) return undefined;
  return { ...before, visibility: visibilityAfter(present, before) };
}

/** The right, if there is one and it still holds. */
export const holding = <R extends Expiring>(right: R | undefined, now: Date): R | undefined =>
  right !== undefined && holds(right, now) ? right : undefined;

/** Friends of other owners would read it: those of the owners before are not those of the present ones. */
export function visibilityAfter(
  present: Pick<Resource, 'visibility'>,
  before: Pick<Resource, 'visibility'>,
): Resource['visibility'] {
  return present.visibility === 'friendly' && before.visibility === 'friendly' ? 'private' : before.visibility;
}
