import type { Collection, Document } from 'mongodb';
import type { Migration } from './migration.ts';

/**
 * IIIF resources were identified by the whole `@id`, so they could not be found any more when the host changed. Now the path
 * alone is the external id. If two resources have the same path below different hosts, the newer one gets it, which is the
 * one that the service served; the other keeps its `@id` and is reached by its native id.
 */
export const iiifPaths: Migration = {
  name: 'iiif-paths',
  summary:
    'Makes the path of what IIIF publishes its identity, whatever the host, and sorts what is hidden out of lists.',
  run: async ({ db, changeEach, report, signal }) => {
    const resources = db.collection<Resource>('resources');
    const bases = await basesIn(resources, signal);
    /** Whether another resource already has this path, or is newer and will get it. */
    const isTaken = async ({ _id, type, createdAt }: Resource, path: string) => {
      const same = { type, externalId: { $in: [path, ...bases.map((base) => base + path)] }, _id: { $ne: _id } };
      const others = await resources.find(same, { projection: { externalId: 1, createdAt: 1 } }).toArray();
      return others.some((other) => other.externalId === path || isAfter(other, { _id, createdAt }));
    };
    await changeEach(
      {
        name: 'paths of IIIF',
        collection: 'resources',
        filter: { type: { $in: Object.keys(FORMS) }, parents: { $exists: true } },
        projection: { type: 1, externalId: 1, parents: 1, order: 1, data: 1, createdAt: 1 },
      },
      async (document) => {
        const resource = document as unknown as Resource;
        const path = pathIn(resource);
        const mayMove = path !== undefined && path !== resource.externalId && !(await isTaken(resource, path));
        if (path !== undefined && path !== resource.externalId && !mayMove) {
          report(`the ${resource.type} ${resource._id} keeps ${resource.externalId}: another has its path ${path}`);
        }
        const placed = await placesOf(resource, async (ids) =>
          resources.countDocuments({ _id: { $in: [...ids] }, type: 'range' }, { limit: 1 }),
        );
        const data = mayMove ? dataBelow(resource, path) : undefined;
        const set = {
          ...(mayMove ? { externalId: path, source: '' } : {}),
          ...(placed === undefined ? {} : { order: placed }),
          ...(data === undefined ? {} : { data }),
        };
        if (Object.keys(set).length === 0) return [];
        const update = { $set: set, $inc: { revision: 1 } };
        return [
          { collection: 'resources', operation: { updateOne: { filter: { _id: resource._id as never }, update } } },
        ];
      },
    );
  },
};

interface Resource {
  readonly _id: string;
  readonly type: string;
  readonly externalId?: string;
  readonly parents?: readonly string[];
  readonly order?: Readonly<Record<string, number | Date>>;
  readonly data?: string;
  readonly createdAt: Date;
}

const NAMED = (type: string) => new RegExp(`/[^/]+/${type}/[^/]+$`);
const FORMS: Readonly<Record<string, RegExp>> = {
  collection: /\/collections\/[^/]+$/,
  manifest: /\/[^/]+\/manifest$/,
  sequence: NAMED('sequence'),
  canvas: NAMED('canvas'),
  annotation: NAMED('annotation'),
  list: NAMED('list'),
  range: NAMED('range'),
  layer: NAMED('layer'),
};

function pathIn({ type, externalId = '' }: Pick<Resource, 'type' | 'externalId'>): string | undefined {
  return FORMS[type]?.exec(externalId)?.[0];
}

/** Everything that occurs before a path. */
async function basesIn(resources: Collection<Resource>, signal: AbortSignal): Promise<string[]> {
  const bases = new Set<string>();
  const filter = { type: { $in: Object.keys(FORMS) }, externalId: { $exists: true } };
  for await (const found of resources.find(filter, { projection: { type: 1, externalId: 1 } })) {
    if (signal.aborted) break;
    const path = pathIn(found);
    if (path !== undefined && path !== found.externalId) bases.add((found.externalId ?? '').slice(0, -path.length));
  }
  return [...bases];
}

const isAfter = (a: Pick<Resource, '_id' | 'createdAt'>, b: Pick<Resource, '_id' | 'createdAt'>) =>
  a.createdAt > b.createdAt || (a.createdAt.getTime() === b.createdAt.getTime() && a._id > b._id);

/** A range lists its ranges after its canvases, in one list; hidden resources have keys of their own. */
async function placesOf(
  { type, parents = [], order = {}, data }: Resource,
  rangesAmong: (ids: readonly string[]) => Promise<number>,
): Promise<Document | undefined> {
  const isHidden = fieldsOf(data).hidden === true;
  const isBelowRange = type === 'range' && parents.length > 0 && (await rangesAmong(parents)) > 0;
  if (!isHidden && !isBelowRange) return undefined;
  const entries = Object.entries(order).map(([parent, place]): [string, number | Date] => [
    isHidden ? `hidden-${parent}` : parent,
    isBelowRange && typeof place === 'number' ? place + 1_000_000 : place,
  ]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The data of an annotation with only the path of its canvas, if the canvas was on the same host. */
function dataBelow({ type, externalId = '', data }: Resource, path: string): string | undefined {
  const { on } = fieldsOf(data);
  const base = externalId.slice(0, -path.length);
  if (type !== 'annotation' || typeof on !== 'string' || !on.startsWith(`${base}/`)) return undefined;
  const fields = fieldsOf(data);
  return JSON.stringify({ ...fields, on: on.slice(base.length) });
}

function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  const value: unknown = typeof data === 'string' ? JSON.parse(data) : undefined;
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}
