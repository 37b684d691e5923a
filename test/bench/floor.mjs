// What throughput is compared with: a bare Node HTTP server that does for each request what no service of this kind can
// avoid: parse a JSON body, read one document by its id (or add one), write a JSON answer. No checks, no records.
//
//   node floor.mjs MONGODB_URI    prints its port
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { GridFSBucket, MongoClient } from 'mongodb';

const client = await MongoClient.connect(process.argv[2], { maxPoolSize: 50 });
const docs = client.db('floor').collection('docs');
const added = client.db('floor').collection('added', { writeConcern: { w: 'majority', journal: true } });
await docs.deleteMany({});
await added.deleteMany({});
await docs.insertMany(
  Array.from({ length: 1000 }, (_, i) => ({
    _id: i + 1,
    name: `user:workspace${i}`,
    owner: `user${i % 50}`,
    modified: new Date(),
    visibility: 'private',
    locked: false,
    metadata: { a: '1', b: 'two' },
  })),
);

async function answer(request, body) {
  if (request.url.startsWith('/resources')) return documentsOf(new URL(request.url, 'http://floor').searchParams);
  if (request.url === '/insert') {
    return added.insertOne({ name: 'user:workspace', owner: 'user', modified: new Date(), metadata: { a: '1' } });
  }
  return docs.findOne({ _id: body.id });
}

/** All documents that belong to one book, or stand at the top, of the service's own database: as they are stored. */
function documentsOf(query) {
  const resources = client.db('steward').collection('resources');
  const book = query.get('book');
  if (book === null)
    return resources
      .find({ 'order.top': { $gte: new Date(0) } }, { projection: { caption: 1, externalId: 1 } })
      .toArray();
  return resources.find({ externalId: { $gte: `${book}/`, $lt: `${book}0` } }).toArray();
}

/** Stores what is sent, as it comes; without a body, gives back what was stored last. */
async function large(request, response) {
  const files = new GridFSBucket(client.db('floor'), { bucketName: 'large', chunkSizeBytes: 1024 * 1024 });
  if (request.headers['transfer-encoding'] === undefined) {
    request.resume();
    await pipeline(files.openDownloadStreamByName('large'), response);
    return;
  }
  await pipeline(request, files.openUploadStream('large', { writeConcern: { w: 'majority' } }));
  response.end('{}');
}

const server = http.createServer((request, response) => {
  if (request.url === '/large') return large(request, response);
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const out = JSON.stringify(await answer(request, JSON.parse(Buffer.concat(parts).toString('utf8') || '{}')));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(out) });
    response.end(out);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
