import type { Collection, Part, Reader, Wanted } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type Resource, resources, workspaces } from './resource.ts';
import type { ResourceType } from './types.ts';

export const resourceCollections: readonly Collection<Resource>[] = [workspaces, resources];

/** The id of the workspace with this number. */
export const workspaceId = (number: number): string => `ws${number}`;

/** The number of the workspace with this id. */
export const numberOfWorkspace = (id: string): number => Number(id.slice('ws'.length));

/** The collection for resources with an id of this form. */
export const collectionOf = (id: string): Collection<Resource> => (/^ws\d+$/.test(id) ? workspaces : resources);

/** The collection for resources of this type. */
export const collectionOfType = (type: ResourceType): Collection<Resource> =>
  type === 'workspace' ? workspaces : resources;

/** These fields of the resources with these ids, in no particular order. */
export async function partsOf<K extends keyof Resource & string>(
  reader: Reader,
  ids: readonly string[],
  wanted: Wanted<K>,
): Promise<Part<Resource, K>[]> {
  const found: Part<Resource, K>[] = [];
  for (const [from, some] of byCollection(ids, (id) => id)) {
    found.push(...(await reader.parts(from, { _id: { $in: some } }, wanted)));
  }
  return found;
}

/** Some fields of a resource before and after a change. */
export interface ResourceChange {
  readonly before: Part<Resource, never>;
  readonly after: Part<Resource, never>;
}

/** As `tx.updateEach`, for resources of both collections. */
export async function updateResources(tx: Transaction, changes: readonly ResourceChange[]): Promise<void> {
  for (const [into, some] of byCollection(changes, ({ before }) => before._id)) await tx.updateEach(into, some);
}

/** The total size, in bytes of BSON, of a field of the resources with these ids. */
export async function bytesOfField(
  tx: Transaction,
  ids: readonly string[],
  field: keyof Resource & string,
): Promise<number> {
  let bytes = 0;
  for (const [from, some] of byCollection(ids, (id) => id)) {
    bytes += await tx.bytesOf(from, { _id: { $in: some } }, field);
  }
  return bytes;
}

/** The items grouped by the collection of their resource. */
export function byCollection<T>(all: readonly T[], idOf: (one: T) => string): [Collection<Resource>, T[]][] {
  const groups = resourceCollections.map((from): [Collection<Resource>, T[]] => [from, []]);
  for (const one of all) groups.find(([from]) => from === collectionOf(idOf(one)))?.[1].push(one);
  return groups.filter(([, some]) => some.length > 0);
}
