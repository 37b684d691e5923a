import { createHash } from 'node:crypto';
import { BSON, type Document, type FindOptions } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordHash } from '../../../../src/audit/record.ts';
import type { AuditEntry } from '../../../../src/base/schemas/generated.ts';
import { MAX_CHANGE_BYTES, MAX_DOCUMENT_BYTES, MAX_LARGE_CHANGE_BYTES } from '../../../../src/store/size.ts';
import { type Account, jwt, newAdmin, newStaff } from '../../../server/dialects/iiifStaff.ts';
import { openPortal, type Portal, type PortalReply } from '../../../server/dialects/portal.ts';
import { LONG } from '../../../support/long.ts';
import { book, objectsIn } from './book.mjs';

/** All operations on books whose changes are too large for one document of the audit. */

/** A few large pages have as many bytes. */
const PAGES = LONG ? 5_000 : 24;
const NOTES = LONG ? 0 : 360_000;
const SHELF = LONG ? 900 : 12;
const OBJECTS = objectsIn(PAGES);

let portal: Portal;
let adm: Account;
let al: Account;
let bo: Account;
beforeAll(async () => {
  portal = await openPortal({ maxBodyBytes: 64_000_000 });
  adm = await newAdmin(portal, 'adm');
  al = await newStaff(portal, adm, 'al');
  bo = await newStaff(portal, adm, 'bo');
});
afterAll(() => portal[Symbol.asyncDispose]());

const as = (who: Account, verb: string, path: string, body?: unknown): Promise<PortalReply> =>
  portal.ask(verb, path, { ...(body === undefined ? {} : { body }), ...jwt(who.token) });
const sent = (name: string, label?: string) =>
  book(portal.url, name, { pages: PAGES, notes: NOTES, ...(label === undefined ? {} : { label }) });
const share = (action: 'ADD' | 'REMOVE', username: string, names: readonly string[]) => {
  const manifests = names.map((name) => `${portal.url}/${name}/manifest`);
  return as(adm, 'PUT', '/auth/admin/updatePermission', { manifests, username, action });
};
const stored = (name: string, options: FindOptions = {}) =>
  portal.database.db
    .collection('resources')
    .find({ externalId: { $gte: `/${name}/`, $lt: `/${name}0` } }, options)
    .toArray();
const storedOwners = (name: string) => stored(name, { projection: { owners: 1 } });

/** The record of a receipt: as it is stored, with its parts, and as `getAudit` shows it. */
async function recordOf(reply: PortalReply) {
  const [record = '', hash] = reply.headers.get('steward-receipt')?.split(' ') ?? [];
  const batch = await portal.database.db.collection('audit').findOne({ _id: record.split('-')[0] as never });
  const head = batch?.records.find((r: Document) => r.id === record) as Document;
  expect(head.hash).toBe(hash);
  const { records } = await portal.run('getAudit', { record });
  return { record, head, parts: await partsOf(head), shown: records[0] as AuditEntry };
}

async function partsOf({ changeParts = [] }: Document): Promise<Document[]> {
  const ids = changeParts.map(({ id }: Document) => id);
  const found = await portal.database.db
    .collection('audit')
    .find({ _id: { $in: ids } })
    .toArray();
  return ids.map((id: unknown) => found.find(({ _id }) => String(_id) === id));
}

const idsOfStoredParts = async () => {
  const audit = portal.database.db.collection('audit');
  const found = await audit.find({ changes: { $exists: true } }, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => String(_id));
};

/** What the collection of resources holds, as a hash: to read books takes long. */
const hashOfResources = async () =>
  (await portal.database.db.command({ dbHash: 1, collections: ['resources'] })).collections.resources as string;

const sum = (parts: readonly Document[], field: string): number =>
  parts.reduce((total, part) => total + part[field], 0);

/** Checks that a record has all changes, each document once, and the right hashes. */
function expectSound({ head, parts, shown }: Awaited<ReturnType<typeof recordOf>>, op: string, count: number): void {
  const { hash, ...hashed } = head;
  expect(recordHash(hashed as Parameters<typeof recordHash>[0])).toBe(hash);
  expect(parts.length).toBeGreaterThan(1);
  for (const [i, { changes, salt, hash: own }] of parts.entries()) {
    // The salt keeps pruned changes from being guessed by their hash.
    expect(salt).toMatch(/^[\w-]{22}$/);
    const digest = createHash('sha256')
      .update(`${salt}${JSON.stringify(changes)}`)
      .digest('hex');
    expect([own, digest]).toEqual([head.changeParts[i].hash, own]);
    expect(head.changeParts[i].count).toBe(changes.length);
  }
  for (const doc of [head, ...parts]) expect(BSON.calculateObjectSize(doc)).toBeLessThan(MAX_DOCUMENT_BYTES / 4);
  expect(new Set(parts.map(({ salt }) => salt)).size).toBe(parts.length);
  const changes = parts.flatMap((part) => part.changes);
  expect(shown.changes).toEqual(JSON.parse(JSON.stringify(changes)));
  const changed = shown.changes.filter((c) => c.collection === 'resources');
  expect(changed).toHaveLength(count);
  expect(new Set(changed.map((c) => c.id)).size).toBe(count);
  expect(new Set(changed.map((c) => c.op))).toEqual(new Set([op]));
  expect(sum(head.changeParts, 'count')).toBe(shown.changes.length);
  for (const { collection, id } of shown.changes) expect(head.resources.includes(`${collection}/${id}`)).toBe(true);
}

/** Every document with changes belongs to a record. */
async function expectNoStrayParts(): Promise<void> {
  const named = (await portal.records()).flatMap(({ changeParts = [] }) =>
    (changeParts as Document[]).map((part) => String(part.id)),
  );
  expect((await idsOfStoredParts()).toSorted()).toEqual(named.toSorted());
}

describe('a book of many pages', { timeout: 600_000 }, () => {
  it('is made, in one transaction with a record of all of it', async () => {
    const reply = await as(al, 'POST', '/b1/manifest', { manifest: sent('b1') });
    expect([reply.status, reply.body]).toEqual([
      201,
      { responseCode: 201, responseBody: { '@id': `${portal.url}/b1/manifest`, '@type': 'sc:Manifest' } },
    ]);
    const made = await recordOf(reply);
    expectSound(made, 'insert', OBJECTS);
    expect(sum(made.head.changeParts, 'characters')).toBeGreaterThan(MAX_CHANGE_BYTES);
    expect(await storedOwners('b1')).toHaveLength(OBJECTS);
    await expectNoStrayParts();
  });

  it('is read as it was sent', async () => {
    const { body } = await portal.ask('GET', '/b1/manifest');
    const { sequences, structures } = sent('b1');
    const [{ canvases }] = body.sequences;
    const labels = (items: readonly { label: string }[]) => items.map((item) => item.label);
    expect(labels(canvases)).toEqual(labels(sequences[0]?.canvases ?? []));
    expect(canvases.at(-1)).toEqual(sequences[0]?.canvases.at(-1));
    expect(labels(body.structures)).toEqual(labels(structures));
    expect(labels(body.structures.at(-1).members).at(-1)).toBe(`Page ${PAGES}`);
  });

  it('is shared and unshared, with every page', async () => {
    const owners = async () => {
      const counts = new Map<string, number>();
      for (const { owners } of await storedOwners('b1'))
        counts.set(owners.join(), (counts.get(owners.join()) ?? 0) + 1);
      return Object.fromEntries(counts);
    };
    const added = await share('ADD', 'bo', ['b1']);
    expect(added.status).toBe(200);
    expect(await owners()).toEqual({ [`${al.id},${bo.id}`]: OBJECTS });
    expect(await portal.ask('GET', `/search/canvas/?ownedBy=bo`)).toMatchObject({ status: 200 });
    const removed = await share('REMOVE', 'bo', ['b1']);
    expect(removed.status).toBe(200);
    expect(await owners()).toEqual({ [al.id]: OBJECTS });
    for (const reply of [added, removed]) {
      const { shown, head } = await recordOf(reply);
      expect(shown.changes.filter((c) => c.op === 'update')).toHaveLength(OBJECTS);
      expect(head.resources.filter((r: string) => r.startsWith('resources/'))).toHaveLength(OBJECTS);
    }
  });

  it('is changed page by page, and unchanged pages that are sent again change nothing', async () => {
    const again = await as(al, 'PUT', '/b1/manifest', { manifest: sent('b1') });
    expect(again.status).toBe(200);
    expect((await recordOf(again)).shown.changes.filter((c) => c.collection === 'resources')).toEqual([]);
    const changed = await as(al, 'PUT', '/b1/manifest', { manifest: sent('b1', 'Folio') });
    expect(changed.status).toBe(200);
    const record = await recordOf(changed);
    expectSound(record, 'update', PAGES);
    const { body } = await portal.ask('GET', '/b1/manifest');
    expect(body.sequences[0].canvases.map((c: { label: string }) => c.label)).toEqual(
      Array.from({ length: PAGES }, (_, i) => `Folio ${i + 1}`),
    );
  });

  it('shows in a dry run what each call would change, and changes nothing', async () => {
    const pages = LONG ? PAGES : SHELF;
    const objects = objectsIn(pages);
    const planned = (name: string, label?: string) =>
      book(portal.url, name, { pages, ...(label === undefined ? {} : { label }) });
    expect((await as(al, 'POST', '/d1/manifest', { manifest: planned('d1') })).status).toBe(201);
    const before = await hashOfResources();
    const parts = (await idsOfStoredParts()).length;
    const d1 = { base: portal.url, type: 'manifest', identifier: 'd1' };
    const manifests = [`${portal.url}/d1/manifest`];
    const plan = async (command: string, params: object) =>
      (await portal.administer('boss', { command, params, dryRun: true }).then(({ result }) => result)) as {
        changes: { collection: string; op: string }[];
        plan: string;
      };
    const counted = async (command: string, params: object) => {
      const { changes } = await plan(command, params);
      const own = changes.filter((c) => c.collection === 'resources');
      return [...new Set(own.map((c) => c.op)), own.length];
    };
    expect(await counted('deleteIiifObject', d1)).toEqual(['remove', objects]);
    expect(await counted('updateIiifObject', { ...d1, object: planned('d1', 'Leaf') })).toEqual(['update', pages]);
    expect(await counted('createIiifObject', { ...d1, identifier: 'd0', object: planned('d0') })).toEqual([
      'insert',
      objects,
    ]);
    expect(await counted('updateStaffPermissions', { manifests, username: 'bo', action: 'ADD' })).toEqual([
      'update',
      objects,
    ]);
    expect(await hashOfResources()).toBe(before);
    expect((await idsOfStoredParts()).length).toBe(parts);
  });

  it('is found in the audit by any of its pages, once in every order', async () => {
    const [page] = await portal.database.db.collection('resources').find({ externalId: '/b1/canvas/c7' }).toArray();
    for (const newestFirst of [true, false]) {
      const commands: string[] = [];
      for (let cursor: string | undefined, more = true; more; ) {
        const params = { resource: `resources/${page?._id}`, newestFirst, limit: 2, ...(cursor && { cursor }) };
        const found: { records: AuditEntry[]; next?: string } = await portal.run('getAudit', params);
        commands.push(...found.records.map((r) => r.command));
        cursor = found.next;
        more = cursor !== undefined;
      }
      const expected = ['Iiif.create_object', 'updateStaffPermissions', 'updateStaffPermissions', 'Iiif.update_object'];
      expect(commands).toEqual(newestFirst ? expected.toReversed() : expected);
    }
  });

  it('is deleted with all of its pages, which the record holds', async () => {
    const before = new Map((await stored('b1')).map((doc) => [String(doc._id), doc]));
    const reply = await as(al, 'DELETE', '/b1/manifest');
    expect(reply.status).toBe(204);
    expect(await stored('b1')).toEqual([]);
    const record = await recordOf(reply);
    expectSound(record, 'remove', OBJECTS);
    for (const { id, before: removed } of record.parts.flatMap((part) => part.changes)) {
      expect(removed).toEqual(before.get(id));
    }
    await expectNoStrayParts();
  });

  it('is made once by two calls at the same time, and shared with two users at the same time', async () => {
    const manifest = sent('b2');
    const made = await Promise.all([al, bo].map((who) => as(who, 'POST', '/b2/manifest', { manifest })));
    expect(made.map((reply) => reply.status).toSorted()).toEqual([201, 422]);
    expect(await storedOwners('b2')).toHaveLength(OBJECTS);
    await expectNoStrayParts();
    const { id } = await newStaff(portal, adm, 'cy');
    const shared = await Promise.all([
      share('ADD', 'bo', ['b2']),
      share('ADD', 'cy', ['b2']),
      share('ADD', 'al', ['b2']),
    ]);
    expect(shared.map((reply) => reply.status)).toEqual([200, 200, 200]);
    const owners = (await storedOwners('b2')).map((doc) => doc.owners.toSorted().join());
    expect(new Set(owners)).toEqual(new Set([[al.id, bo.id, id].toSorted().join()]));
    await expectNoStrayParts();
  });
});

describe('several books at once', { timeout: 600_000 }, () => {
  it('are shared, unshared and deleted with their collection', async () => {
    const names = ['s1', 's2', 's3'];
    const pages = SHELF;
    for (const name of names) {
      const manifest = book(portal.url, name, { pages });
      expect((await as(adm, 'POST', `/${name}/manifest`, { manifest })).status).toBe(201);
    }
    const all = async () => (await Promise.all(names.map(storedOwners))).flat();
    expect((await share('ADD', 'al', names)).status).toBe(200);
    expect((await all()).filter((doc) => doc.owners.includes(al.id))).toHaveLength(3 * objectsIn(pages));
    expect((await share('REMOVE', 'al', names)).status).toBe(200);
    expect((await all()).filter((doc) => doc.owners.includes(al.id))).toEqual([]);
    const manifests = names.map((name) => ({ '@id': `${portal.url}/${name}/manifest`, '@type': 'sc:Manifest' }));
    const collection = { '@id': `${portal.url}/collections/shelf`, label: 'Shelf', manifests };
    expect((await as(adm, 'POST', '/collections', { collection })).status).toBe(201);
    expect((await as(adm, 'DELETE', '/collections/shelf')).status).toBe(204);
    expect(await all()).toEqual([]);
  });

  it('are refused with the bound in bytes if they are too much for one call, and nothing is changed', async () => {
    const at = new Date();
    const data = JSON.stringify({ label: 'x'.repeat(990_000) });
    const node = (type: string, name: string, parents: readonly string[]) => ({
      ...{ _id: `huge-${type}-${name}`, revision: 1, type, name, externalId: `/huge/${type}/${name}`, parents },
      ...{ owners: [], grants: [], visibility: 'public', createdAt: at, modifiedAt: at },
    });
    const manifest = { ...node('manifest', 'm', []), externalId: '/huge/manifest', order: { top: at } };
    const sequence = { ...node('sequence', 's', [manifest._id]), order: { [manifest._id]: 1 } };
    const canvases = Array.from({ length: 50 }, (_, i) => ({
      ...{ ...node('canvas', `c${i}`, [sequence._id]), data },
      order: { [sequence._id]: i + 1 },
    }));
    await portal.database.db.collection('resources').insertMany([manifest, sequence, ...canvases] as never[]);
    const before = await hashOfResources();
    const reply = await as(adm, 'DELETE', '/huge/manifest');
    expect(reply.status).toBe(422);
    expect(reply.body.responseBody.error).toMatch(
      new RegExp(
        `^Deleting manifest /huge/manifest and 51 below it would change 49\\d{6} bytes of data, more than ${MAX_LARGE_CHANGE_BYTES}; nothing was changed$`,
      ),
    );
    expect(await hashOfResources()).toBe(before);
    await expectNoStrayParts();
  });
});
