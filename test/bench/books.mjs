import { readFile, writeFile } from 'node:fs/promises';
import { MongoClient } from 'mongodb';
import { book } from '../domain/systems/iiif/book.mjs';

const PASSWORD = 'a password of the bench';

/**
 * What it takes to make, read, share, change and delete a book with so many pages over HTTP, each with its record, and
 * what the bare driver takes to do as much: with the same documents, in a collection with the same indexes. Medians of
 * rounds, taken in turn. `ratio` is to that, `toWriting` to the driver's insertion of all of the book's documents (for
 * reading, to its reading of them); `peakMb` is the most memory that the service had during the call.
 *
 * @param {{ uri: string, url: string, pid: number, administer: (command: object) => Promise<any>, rounds: number, pages: number }} options
 */
export async function books({ uri, url, pid, administer, rounds, pages }) {
  const client = await MongoClient.connect(uri);
  const resources = client.db('steward').collection('resources');
  const floor = client.db('floor').collection('books');
  const indexes = (await resources.indexes()).filter(({ name }) => name !== '_id_');
  await floor.createIndexes(indexes.map(({ v: _, ...index }) => index));
  await administer({ command: 'createStaff', params: { username: 'librarian', password: PASSWORD } });
  const { id } = await administer({ command: 'createStaff', params: { username: 'keeper', password: PASSWORD } });
  await administer({ command: 'updateStaff', params: { id, is_superuser: true } });
  const { token } = await send('POST', '/login', { username: 'keeper', password: PASSWORD });

  async function send(verb, path, body) {
    const response = await fetch(url + path, {
      method: verb,
      headers: { 'content-type': 'application/json', ...(path === '/login' ? {} : { authorization: `JWT ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${verb} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  const majority = { writeConcern: { w: 'majority' } };
  const sent = (label) => book(url, 'bench', { pages, label });
  const own = { externalId: { $gte: '/bench/', $lt: '/bench0' } };
  const share = { manifests: [`${url}/bench/manifest`], username: 'librarian', action: 'ADD' };
  const steps = [
    ['create', () => send('POST', '/bench/manifest', { manifest: sent('Page') })],
    ['read', () => send('GET', '/bench/manifest')],
    ['share', () => send('PUT', '/auth/admin/updatePermission', share)],
    ['change', () => send('PUT', '/bench/manifest', { manifest: sent('Folio') })],
    ['delete', () => send('DELETE', '/bench/manifest')],
  ];
  const figures = new Map(steps.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    let docs = [];
    const floors = {
      create: () => floor.insertMany(docs, majority),
      read: () => floor.find(own).toArray(),
      share: () => floor.updateMany(own, { $set: { owners: ['librarian'] }, $inc: { revision: 1 } }, majority),
      change: () => floor.bulkWrite(docs.filter(({ type }) => type === 'canvas').map(renamed), majority),
      delete: () => floor.deleteMany(own, majority),
    };
    for (const [name, work] of steps) {
      const ours = await measured(pid, work);
      if (name === 'create') docs = await resources.find(own).toArray();
      figures.get(name).push({ ...ours, floorMs: (await measured(pid, floors[name])).ms });
    }
  }
  await client.close();
  const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  return steps.map(([name]) => {
    const runs = figures.get(name);
    const base = figures.get(name === 'read' ? 'read' : 'create');
    return {
      name: `${name} a book of ${pages}`,
      ms: Math.round(middle(runs.map((run) => run.ms))),
      floorMs: Math.round(middle(runs.map((run) => run.floorMs))),
      ratio: middle(runs.map((run) => run.ms / run.floorMs)),
      toWriting: middle(runs.map((run, i) => run.ms / base[i].floorMs)),
      peakMb: Math.max(...runs.map((run) => run.peakMb)),
    };
  });
}

function renamed(doc) {
  const fields = { ...JSON.parse(doc.data), label: `Leaf of ${doc.externalId}` };
  const set = { data: JSON.stringify(fields), caption: JSON.stringify(fields.label), name: fields.label };
  return { updateOne: { filter: { _id: doc._id }, update: { $set: set, $inc: { revision: 1 } } } };
}

/** How long the work takes, and the most memory that a process had meanwhile (Linux; elsewhere 0). */
async function measured(pid, work) {
  // The peak begins anew.
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return { ms, peakMb: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024) };
}
