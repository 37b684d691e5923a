import type { Filter, Part, Reader } from '../../store/collection.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
import { changedAt, heads, headsOf, type ShownHead } from './head.ts';

const FIELDS = [
  'number',
  'name',
  'owners',
  'visibility',
  'deleted',
  'locked',
  'meta',
  'modifiedAt',
] as const satisfies (keyof Workspace)[];

type Listed = Part<Workspace, (typeof FIELDS)[number]>;

/** A workspace with its head and its last change, which includes that of its objects. */
export interface Found {
  readonly workspace: Listed;
  readonly head: ShownHead;
  readonly changedAt: Date;
}

/** The page begins after this workspace. */
export interface Cursor {
  readonly name?: string;
  readonly number?: number;
  readonly at?: Date;
}

/** The range of the last change; `to` is exclusive. */
export interface Range {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

interface Wanted {
  readonly filters: readonly Filter[];
  readonly range: Range;
  readonly cursor: Cursor | undefined;
  readonly limit: number;
}

/** Some of the workspaces, in order, and where to go on; undefined at the end. */
interface Piece {
  readonly found: readonly Found[];
  readonly next: Cursor | undefined;
}

type Source = (reader: Reader, wanted: Wanted) => Promise<Piece>;

/** As many workspaces as are wanted, if there are enough. */
export async function pageOf(reader: Reader, source: Source, wanted: Wanted): Promise<Found[]> {
  const page: Found[] = [];
  let { cursor } = wanted;
  do {
    const { found, next } = await source(reader, { ...wanted, cursor });
    page.push(...found.filter((f) => isWithin(wanted.range, f.changedAt)));
    cursor = next;
  } while (cursor !== undefined && page.length < wanted.limit);
  return page.slice(0, wanted.limit);
}

/** Ordered by a unique field. */
export function byField(field: 'number' | 'name'): Source {
  return async (reader, { filters, range, cursor, limit }) => {
    const after = cursor === undefined ? {} : { [field]: { $gt: cursor[field] } };
    const before = range.to === undefined ? {} : { modifiedAt: { $lt: range.to } };
    const filter = { $and: [...filters, before, after] };
    const listed = await reader.parts(workspaces, filter, { fields: FIELDS, sort: { [field]: 1 }, limit });
    const last = listed.at(-1);
    const next = listed.length < limit || last === undefined ? undefined : { [field]: last[field] };
    return { found: await withHeads(reader, listed), next };
  };
}

/**
 * Ordered by the last change, which is the later one of workspace and head. Both are read in order, up to the end of
 * the page that ends first.
 */
export const byChange: Source = async (reader, { filters, range, cursor, limit }) => {
  const own = { $and: [...filters, rangeFilter(['modifiedAt', 'number'], range, cursor)] };
  const byOwn = await reader.parts(workspaces, own, { fields: FIELDS, sort: { modifiedAt: 1, number: 1 }, limit });
  const bySave = await reader.parts(heads, rangeFilter(['savedAt', 'ws'], range, cursor), {
    fields: ['savedAt', 'ws'],
    sort: { savedAt: 1, ws: 1 },
    limit,
  });
  const ids = bySave.map((head) => head._id);
  const saved = await reader.parts(workspaces, { $and: [...filters, { _id: { $in: ids } }] }, { fields: FIELDS });
  const [lastOwn, lastSave] = [byOwn.at(-1), bySave.at(-1)];
  const [end] = [
    ...(byOwn.length < limit || lastOwn === undefined ? [] : [{ at: lastOwn.modifiedAt, number: lastOwn.number }]),
    ...(bySave.length < limit || lastSave === undefined ? [] : [{ at: lastSave.savedAt, number: lastSave.ws }]),
  ].sort(inOrder);
  const each = new Map([...byOwn, ...saved].map((w) => [w._id, w]));
  const found = (await withHeads(reader, [...each.values()]))
    .filter((f) => cursor === undefined || inOrder(positionOf(f), cursor) > 0)
    .filter((f) => end === undefined || inOrder(positionOf(f), end) <= 0)
    .sort((a, b) => inOrder(positionOf(a), positionOf(b)));
  return { found, next: end };
};

const positionOf = ({ changedAt: at, workspace: { number } }: Found): Cursor => ({ at, number });

function inOrder(a: Cursor, b: Cursor): number {
  const [x, y] = [a.at?.getTime() ?? 0, b.at?.getTime() ?? 0];
  return x === y ? (a.number ?? 0) - (b.number ?? 0) : x - y;
}

type TimeAndNumber = readonly [string, string];

function rangeFilter([instant, number]: TimeAndNumber, { from, to }: Range, cursor: Cursor | undefined): Filter {
  const filters: Filter[] = [];
  if (from !== undefined) filters.push({ [instant]: { $gte: from } });
  if (to !== undefined) filters.push({ [instant]: { $lt: to } });
  if (cursor?.at !== undefined) {
    const later = { [number]: { $gt: cursor.number ?? 0 } };
    filters.push({ $or: [{ [instant]: { $gt: cursor.at } }, { [instant]: { $eq: cursor.at }, ...later }] });
  }
  return { $and: filters };
}

const isWithin = ({ from, to }: Range, at: Date) => (from === undefined || at >= from) && (to === undefined || at < to);

async function withHeads(reader: Reader, listed: readonly Listed[]): Promise<Found[]> {
  const headOf = await headsOf(
    reader,
    listed.map((w) => w._id),
  );
  return listed.map((workspace) => {
    const head = headOf(workspace._id);
    return { workspace, head, changedAt: changedAt(workspace, head) };
  });
}
