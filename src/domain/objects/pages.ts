import type { Filter, Part, Reader } from '../../store/collection.ts';
import { RevisionCache } from '../../store/revisionCache.ts';
import type { Workspace } from '../resources/resource.ts';
import { presentFilter } from './deleted.ts';
import { describedFields, type InfoPart, infoFields } from './info.ts';
import type { Listing, Start } from './listing.ts';
import { objectId, objects, type StoredObject, versionId, versions } from './object.ts';
import { readVersionsById } from './readVersions.ts';

/** Part of a list, ordered by workspace and object id, the newer version first. */
export interface Page {
  readonly found: readonly { readonly object: ObjectPart; readonly version: InfoPart }[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: Start | undefined;
}

/** The requested page: its workspaces, its start, and the maximum number of entries. */
interface Span {
  readonly places: readonly ObjectWorkspace[];
  readonly start: Start | undefined;
  readonly most: number;
}

type ObjectWorkspace = Pick<Workspace, 'number' | 'undeletions'>;

const objectFields = ['ws', 'id', 'name', 'latest', 'deleted', 'deletedIn', 'hidden'] as const;
export type ObjectPart = Part<StoredObject, (typeof objectFields)[number]>;

const versionFields = ({ withMeta }: Listing) => (withMeta ? describedFields : infoFields);

/** Objects with their newest versions. */
export async function pageOfObjects(reader: Reader, listing: Listing, { places, start, most }: Span): Promise<Page> {
  const flags = { ...deletedFilter(listing, places), ...(listing.hiddenToo ? {} : { hidden: false }) };
  const cached = RevisionCache.of(reader);
  const read = await inOrder(rangesFrom(places, start, 'latest'), most, (stretch, limit) =>
    cached.parts(
      objects,
      { $and: [stretch, listing.ids, flags] },
      { fields: objectFields, sort: { ws: 1, id: 1 }, limit },
    ),
  );
  const ids = read.map(({ ws, id, latest }) => versionId(ws, id, latest));
  const newest = await readVersionsById(reader, ids, versionFields(listing));
  const last = read.at(-1);
  return {
    found: read.flatMap((object, i) => {
      const version = newest.get(ids[i] ?? '');
      return version === undefined ? [] : [{ object, version }];
    }),
    next: last === undefined || read.length < most ? undefined : { ws: last.ws, id: last.id + 1 },
  };
}

/** Versions that match the listing, with their objects. */
export async function pageOfVersions(reader: Reader, listing: Listing, { places, start, most }: Span): Promise<Page> {
  const read = await inOrder(rangesFrom(places, start, 'version'), most, (stretch, limit) =>
    reader.parts(
      versions,
      { $and: [stretch, listing.ids, listing.versions ?? {}] },
      { fields: versionFields(listing), sort: { ws: 1, id: 1, version: -1 }, limit },
    ),
  );
  const ids = read.map(({ ws, id }) => objectId(ws, id));
  const theirs = await byId([...new Set(ids)], (wanted) => reader.parts(objects, wanted, { fields: objectFields }));
  const last = read.at(-1);
  return {
    found: read.flatMap((version, i) => {
      const object = theirs.get(ids[i] ?? '');
      return object === undefined ? [] : [{ object, version }];
    }),
    next: last === undefined || read.length < most ? undefined : { ws: last.ws, id: last.id, before: last.version },
  };
}

/** Filters for what comes from the start on, in order, each of which an index answers in order. */
function rangesFrom(
  places: readonly ObjectWorkspace[],
  start: Start | undefined,
  field: 'version' | 'latest',
): Filter[] {
  const numbers = places.map((w) => w.number);
  if (start === undefined) return [{ ws: { $in: numbers } }];
  const { ws, id, before } = start;
  const here =
    before === undefined
      ? [{ ws: { $eq: ws }, id: { $gte: id } }]
      : [
          { ws: { $eq: ws }, id: { $eq: id }, [field]: { $lt: before } },
          { ws: { $eq: ws }, id: { $gt: id } },
        ];
  return [...(numbers.includes(ws) ? here : []), { ws: { $in: numbers.filter((number) => number > ws) } }];
}

async function inOrder<T>(
  filters: readonly Filter[],
  most: number,
  read: (filter: Filter, limit: number) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (const filter of filters) {
    if (found.length < most) found.push(...(await read(filter, most - found.length)));
  }
  return found;
}

async function byId<T extends { readonly _id: string }>(
  ids: readonly string[],
  read: (filter: Filter) => Promise<T[]>,
): Promise<ReadonlyMap<string, T>> {
  const found = ids.length === 0 ? [] : await read({ _id: { $in: ids } });
  return new Map(found.map((doc) => [doc._id, doc]));
}

/** Leaves out deleted objects, or all others, where one filter does it for all of the workspaces. */
function deletedFilter({ deleted }: Listing, places: readonly ObjectWorkspace[]): Filter {
  if (deleted === 'only') return { deleted: true };
  const [first, ...others] = places;
  const alike = first !== undefined && others.every((w) => (w.undeletions ?? 0) === (first.undeletions ?? 0));
  return deleted === 'never' && alike ? presentFilter(first) : {};
}
