import { ITEM_KEY } from '../../base/itemKey.ts';
import { isObject } from '../../base/json/isObject.ts';
import type { ShownNames } from '../../base/schemas/generated.ts';
import type { People } from '../../identity/people.ts';
import type { Change } from '../../store/changes.ts';
import type { AnyCollection, Collection, Reader, Stored } from '../../store/collection.ts';
import { objects } from '../objects/object.ts';
import { resources, workspaces } from '../resources/resource.ts';
import { principalsIn } from './concerned.ts';

/** The most ids that one answer names. */
const MAX_NAMED = 1_000;

/**
 * The names of the users and roles in these changes, and of the workspaces, resources and objects that they change, by id.
 * They are as the reader finds them: before the changes of a dry run, and at present for records. Only the first 1000 of each
 * kind are looked for.
 */
export async function shownNames(
  reader: Reader,
  people: People,
  changes: readonly Change[],
): Promise<{ readonly names?: ShownNames }> {
  if (changes.length === 0) return {};
  const parties = partiesIn(changes);
  const nameOf = await people.names(parties);
  const read = async <T extends Stored & { readonly name: string }>(from: Collection<T>, also?: FilterOf) => {
    const ids = changedIn(from, changes);
    if (ids.length === 0) return [];
    const found = await reader.parts(from, { _id: { $in: ids }, ...also?.(ids) }, { fields: ['name'] });
    return found.map(({ _id, name }): [string, string] => [_id, name as string]);
  };
  const names = [
    ...parties.map((id): [string, string] => [id, nameOf(id)]).filter(([id, name]) => id !== name),
    ...(await read(workspaces)),
    ...(await read(resources)),
    ...(await read(objects, (ids) => ({ ws: { $in: [...new Set(ids.map(workspaceOf))] } }))),
  ];
  return names.length === 0 ? {} : { names: Object.fromEntries(names) };
}

type FilterOf = (ids: readonly string[]) => Readonly<Record<string, unknown>>;

/** The number of the workspace of an object, by the object's id. */
const workspaceOf = (id: string): number => Number(/^ws(\d+)\//.exec(id)?.[1]);

/** The id of a user or role that the service has made. Other ids are only found where a user or role is meant. */
const PARTY = /^(?:role-)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The ids of users and roles that the changes show. */
function partiesIn(changes: readonly Change[]): string[] {
  const ids = new Set<string>();
  const add = (text: string) => void (PARTY.test(text) && ids.add(text));
  const walk = (value: unknown): void => {
    if (ids.size >= MAX_NAMED) return;
    if (typeof value === 'string') add(ITEM_KEY.exec(value)?.[1] ?? value);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (isObject(value) && !ArrayBuffer.isView(value)) Object.entries(value).forEach(walk);
  };
  for (const change of changes.slice(0, MAX_NAMED)) {
    for (const id of principalsIn(change)) ids.add(id);
    walk(change);
  }
  return [...ids].slice(0, MAX_NAMED);
}

/** The documents of the collection that are changed; what is added or removed shows its name. */
function changedIn({ name }: AnyCollection, changes: readonly Change[]): string[] {
  const ids = new Set<string>();
  for (const { collection, id, op } of changes) {
    if (ids.size === MAX_NAMED) break;
    if (collection === name && op === 'update') ids.add(id);
  }
  return [...ids];
}
