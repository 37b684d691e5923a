import type { Document } from 'mongodb';
import type { Migration } from './migration.ts';

/**
 * Copies what lists show from the data into fields of their own: IIIF's labels and the descriptions of Oracle's catalog into
 * `caption`, and IIIF's position among siblings, the `order` of the data, into `order.<parent>`.
 */
export const captionsAndOrder: Migration = {
  name: 'captions-and-order',
  summary: 'Keeps what lists show of resources, and their order below each parent, in fields of their own.',
  run: async ({ changeEach }) => {
    await changeEach(
      {
        name: 'captions and order of resources',
        collection: 'resources',
        filter: { type: { $in: [...IIIF, ...CATALOG] }, parents: { $exists: true } },
        projection: { type: 1, parents: 1, data: 1, createdAt: 1 },
      },
      (resource) => {
        const fields = fieldsOf(resource.data);
        const set = { ...captionOf(resource, fields), ...orderOf(resource, fields) };
        if (Object.keys(set).length === 0) return [];
        const update = { $set: set, $inc: { revision: 1 } };
        return [{ collection: 'resources', operation: { updateOne: { filter: { _id: resource._id }, update } } }];
      },
    );
  },
  obsoleteIndexes: [
    { collection: 'resources', index: 'tree_parents' },
    { collection: 'resources', index: 'tree_owners' },
  ],
};

type Fields = Readonly<Record<string, unknown>>;

const IIIF = ['collection', 'manifest', 'sequence', 'canvas', 'annotation', 'list', 'range', 'layer'];
const AT_TOP = ['collection', 'manifest'];
const CATALOG = [
  ...['folders', 'workbooks', 'subjectAreas', 'datasets', 'connections', 'dataflows', 'models', 'sequences'],
  ...['analysis', 'reports', 'dashboards', 'dashboardpages', 'dashboardgroupfolders', 'scripts'],
];
const MAX_CAPTION_BYTES = 4_000;
const MAX_CAPTION_CHARACTERS = 1_000;

function captionOf({ type }: Document, fields: Fields): { caption?: string } {
  const value = fields[IIIF.includes(type) ? 'label' : 'description'];
  if (value === undefined) return {};
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MAX_CAPTION_BYTES) return { caption: text };
  const [start = ''] = textsIn(value);
  return { caption: JSON.stringify([...start].slice(0, MAX_CAPTION_CHARACTERS).join('')) };
}

function orderOf({ type, parents, createdAt }: Document, { order }: Fields): { order?: Document } {
  if (!IIIF.includes(type)) return {};
  if (parents.length === 0) return AT_TOP.includes(type) ? { order: { top: createdAt } } : {};
  const place = typeof order === 'number' && order >= 0 ? order : 0;
  return { order: Object.fromEntries(parents.map((parent: string) => [parent, place])) };
}

function fieldsOf(data: unknown): Fields {
  const value: unknown = typeof data === 'string' ? JSON.parse(data) : undefined;
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) yield* textsIn(inner);
}
