import { dataFieldsOf } from '../../dist/domain/resources/data.js';

const CHUNK = 2_000;
const at = new Date();

/**
 * Puts manifests that belong to no collection into the service's database, as the service itself would keep them.
 *
 * @param {import('mongodb').Db} db
 * @param {{ count: number, bytes: number }} options `bytes` of metadata in each
 */
export async function fillManifests(db, { count, bytes }) {
  const metadata = [{ label: 'Notes', value: 'x'.repeat(bytes) }];
  const each = Array.from({ length: count }, (_, i) =>
    object('manifest', `/many${i}/manifest`, { label: `Manifest ${i}`, metadata }),
  );
  await insert(db, each);
}

/**
 * Puts a manifest with so many canvases, an annotation on each, into the service's database.
 *
 * @param {import('mongodb').Db} db
 * @param {{ book: string, canvases: number, height?: number }} options
 */
export async function fillBook(db, { book, canvases, height = 3_179 }) {
  const manifest = object('manifest', `/${book}/manifest`, {
    label: book,
    metadata: [{ label: 'a', value: 'b' }],
  });
  const sequence = object('sequence', `/${book}/sequence/s0`, { label: 'Pages' }, [[manifest, 1]]);
  const each = [manifest, sequence];
  for (let i = 1; i <= canvases; i += 1) {
    const atId = `/${book}/canvas/c${i}`;
    const canvas = object('canvas', atId, { label: `Page ${i}`, height, width: 1_933 }, [[sequence, i]]);
    const service = {
      '@id': `https://images.example.org/iiif/${book}:${i}`,
      profile: 'http://iiif.io/api/image/2/level2.json',
    };
    const resource = {
      '@id': `${service['@id']}/full/full/0/default.jpg`,
      '@type': 'dctypes:Image',
      format: 'image/jpeg',
      service,
    };
    const annotation = { motivation: 'sc:painting', on: atId, resource };
    each.push(canvas, object('annotation', `/${book}/annotation/a${i}`, annotation, [[canvas, 1]]));
  }
  await insert(db, each);
}

async function insert(db, each) {
  for (let from = 0; from < each.length; from += CHUNK) {
    await db.collection('resources').insertMany(each.slice(from, from + CHUNK), { ordered: false });
  }
}

let made = 0;

function object(type, externalId, fields, below = []) {
  made += 1;
  const order =
    below.length === 0 ? { top: at } : Object.fromEntries(below.map(([parent, place]) => [parent._id, place]));
  return {
    ...{ _id: `res-${process.pid}-${made}`, revision: 1, type, name: String(fields.label ?? ''), externalId },
    parents: below.map(([parent]) => parent._id),
    ...(type === 'manifest' || below.length > 0 ? { order } : {}),
    ...{ owners: [], grants: [], visibility: 'public', stamp: { id: 'bench', name: 'bench' } },
    ...dataFieldsOf(type, sorted({ ...fields, '@type': `sc:${type}` })),
    ...{ createdAt: at, modifiedAt: at },
  };
}

const sorted = (fields) => Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
