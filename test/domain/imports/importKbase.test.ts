import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BSON, type Document, GridFSBucket, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { auditCollection } from '../../../src/audit/record.ts';
import { Spool } from '../../../src/base/spool/spool.ts';
import { assertImportable } from '../../../src/domain/imports/importKbase.ts';
import { contents } from '../../../src/domain/objects/content.ts';
import { versions } from '../../../src/domain/objects/object.ts';
import { verifyState } from '../../../src/domain/state/verifyState.ts';
import { Database } from '../../../src/store/database.ts';
import { openHouse } from '../../support/house.ts';
import { type RestoredDatabase, restoreKbase } from '../../support/kbaseDatabase.ts';
import { LONG, spread } from '../../support/long.ts';
import { serviceDatabase } from '../../support/serviceDatabases.ts';
import { ACCOUNTS, contentOfImport, runImport, runVerify } from './importing.ts';

const name = `import_${randomUUID().replaceAll('-', '')}`;
let client: MongoClient;
let kbase: RestoredDatabase;
/** The database of KBase. */
const KBASE = `${name}_kbase`;
/** By label; to the first one nothing is ever written. */
const databases = new Map([['bad', `${name}_bad`]]);

/** The database of this label. */
function into(label: string): string {
  const database = databases.get(label) ?? serviceDatabase();
  databases.set(label, database);
  return database;
}

/** Keeps the types of numbers, so that documents can be put back as they were. */
const AS_THEY_ARE = { promoteValues: false };

/** The labels of databases into which everything was imported. */
const complete = new Set<string>();

async function imported(label: string, options: Partial<Parameters<typeof runImport>[0]> = {}) {
  const run = await runImport({ kbase, into: into(label), accounts: ACCOUNTS, ...options });
  complete.add(label);
  return run;
}

let content: ReturnType<typeof contentOfImport> | undefined;
/** What the import without interruptions has written. */
function wholeContent(): ReturnType<typeof contentOfImport> {
  content ??= contentOfImport(client.db(into('whole')));
  return content;
}

/** Imports there unless another test has: what it left is the same. */
async function importedOnce(label: string): Promise<void> {
  if (!complete.has(label)) await imported(label);
}

/** Compares quickly what is long, and at length only what differs. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

beforeAll(async () => {
  client = await MongoClient.connect(inject('mongoUri'));
  kbase = await restoreKbase(inject('mongoUri'), KBASE);
  await imported('whole');
});

afterAll(async () => {
  await kbase[Symbol.asyncDispose]();
  await client.close();
});

/** A document of KBase's databases that is changed, or removed where nothing is set. */
interface Damage {
  readonly what: string;
  readonly collection: string;
  readonly filter: Document;
  readonly set?: Document;
  /** The line that names it. */
  readonly named: RegExp;
  /** Whether nothing else is looked for where it is found. */
  readonly hidesOthers?: true;
}

const DAMAGES: readonly Damage[] = [
  {
    what: 'a piece of data that is missing',
    collection: 'fs.chunks',
    filter: { files_id: '5362963e0db87e6f1c977a876e163b46' },
    named: /^version 20\/3\/1: .*is torn: GridFS has 0 of its 1 pieces/,
  },
  {
    what: 'a type that is missing',
    collection: 'module_type_schema',
    filter: { typeName: 'Genome', version: '1.1' },
    named: /KBaseMeta.Genome-1.1 is missing/,
  },
  {
    what: 'a specification that is missing',
    collection: 'module_spec_history',
    filter: { moduleName: 'KBaseTop' },
    named: /: the specification of KBaseTop@/,
  },
  {
    what: 'a provenance that is missing',
    collection: 'provenance',
    filter: { user: 'heidi' },
    named: /: its provenance \w+ is missing$/,
  },
  {
    what: 'an owner without a permission',
    collection: 'workspaceACLs',
    filter: { id: 3, perm: 40 },
    named: /^workspace 3: its permissions name another owner than bob$/,
  },
  {
    what: 'data that is missing',
    collection: 'fs.files',
    filter: { _id: '9790b6369e63aa07948d1fc11b01029e' },
    named: /^version 1\/1\/1: .*missing in the blob store/,
  },
  {
    what: 'a reference that dangles',
    collection: 'workspaceObjVersions',
    filter: { ws: 1, id: 2, ver: 1 },
    named: /refers to 1\/2\/1, which does not exist/,
  },
  {
    what: 'a permission without a meaning',
    collection: 'workspaceACLs',
    filter: { id: 3, user: 'dave' },
    set: { perm: 25 },
    named: /^permission 3\/dave: /,
  },
  {
    what: 'data of another length',
    collection: 'workspaceObjVersions',
    filter: { ws: 20, id: 4, ver: 1 },
    set: { size: 3 },
    named: /^version 20\/4\/1: its data/,
  },
  {
    what: 'a bad name of an owner',
    collection: 'workspaces',
    filter: { ws: 4 },
    set: { owner: 'c/d' },
    named: /^workspace 4: its owner c\/d can be no user/,
  },
  {
    what: 'a bad name of an administrator',
    collection: 'admins',
    filter: { user: 'carol' },
    set: { user: 'a b' },
    named: /^user a b: Illegal character/,
  },
  {
    what: 'a bad name of an uploader',
    collection: 'module_info_history',
    filter: { moduleName: 'KBaseFuncs', uploadMethod: 'registerModule' },
    set: { uploadUserId: 'a c' },
    named: /^module KBaseFuncs: its uploader a c can be no user/,
  },
  {
    what: 'an update under way',
    collection: 'config',
    filter: {},
    set: { inupdate: true },
    named: /: a schema update of KBase is under way/,
    hidesOthers: true,
  },
];

/** The lines of what is found while these documents are damaged. */
async function foundWith(damages: readonly Damage[]): Promise<string[]> {
  const mendings: (() => Promise<unknown>)[] = [];
  try {
    for (const { collection, filter, set } of damages) {
      const documents = (collection.startsWith('module_') ? kbase.types : kbase.workspace).collection(collection);
      const before = await documents.findOne(filter, AS_THEY_ARE);
      if (before === null) throw new Error(`there is no such document in ${collection}`);
      const { _id } = before;
      mendings.push(() => documents.replaceOne({ _id }, before, { upsert: true }));
      if (set === undefined) await documents.deleteOne({ _id });
      else await documents.updateOne({ _id }, { $set: set });
    }
    const { findings, progress } = await imported('bad');
    expect(progress).toBeUndefined();
    return findings.listed.map(({ kind, id, why }) => `${kind} ${id}: ${why}`);
  } finally {
    for (const mend of mendings.toReversed()) await mend();
  }
}

let withAll: Promise<string[]> | undefined;
/** The lines of what is found while all that can stand beside each other are damaged. */
function foundWithAll(): Promise<string[]> {
  withAll ??= foundWith(DAMAGES.filter(({ hidesOthers }) => !hidesOthers));
  return withAll;
}

describe('an import of a KBase Workspace database', () => {
  it('leaves a house whose rights are what its records say', async () => {
    const database = await Database.connect({ uri: inject('mongoUri'), database: into('whole') });
    const spool = new Spool({ dir: `/tmp/${name}`, maxBytes: 1e9, maxBytesPerHolder: 1e9, longFrom: 1e6 });
    const steps = verifyState({ database, spool, trusted: [] });
    let step = await steps.next();
    while (!step.done) step = await steps.next();
    const report = step.value;
    await database.close();
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.documents).toBeGreaterThan(50);
  });

  it('says in its records that everything was imported, and from where', async () => {
    const records = client.db(into('whole')).collection('audit');
    const ofWorkspace = await records.findOne({ 'records.resources': 'workspaces/ws1' });
    const [record] = ofWorkspace?.records ?? [];
    expect(record).toMatchObject({ via: 'import', command: 'import', params: { step: 'workspaces' } });
    expect(record.params.source).toContain(KBASE);
  });

  it('has every index in the end, also those that are made after the rest', async () => {
    const database = await Database.connect({ uri: inject('mongoUri'), database: into('whole') });
    for (const { name, indexes } of [versions, contents, auditCollection]) {
      const made = (await database.db.collection(name).indexes()).map(({ key }) => key);
      expect(made).toEqual(expect.arrayContaining(indexes.map(({ key }) => key)));
      expect(made).toHaveLength(indexes.length + 1);
    }
    await database.close();
  });

  it('changes nothing when it is run again', async () => {
    const before = await wholeContent();
    const { progress } = await imported('whole');
    expect(progress).toMatchObject({ run: 2, state: 'done' });
    expect(progress?.counts.filter(({ added, changed }) => added + changed > 0)).toEqual([]);
    expectSame(await contentOfImport(client.db(into('whole'))), before);
  });

  it('gives the same database when it ends after any part and is continued', async () => {
    const whole = await wholeContent();
    for (const parts of spread([4, 1, 6, 8], 1)) {
      const label = `cut_${parts}`;
      let left = parts;
      const cut = imported(label, {
        report: () => {
          left -= 1;
          if (left === 0) throw new Error('cut here');
        },
      });
      await expect(cut).rejects.toThrow('cut here');
      const { progress } = await imported(label);
      expect(progress).toMatchObject({ run: 1, state: 'done' });
      expectSame(await contentOfImport(client.db(into(label))), whole);
    }
  });

  it('goes on when it has lost its lease to another for a moment', async () => {
    const leases = client.db(into('stolen')).collection<Document>('leases');
    let isStolen = false;
    const { progress } = await imported('stolen', {
      accounts: {
        async identitiesOf(names) {
          if (!isStolen) {
            isStolen = true;
            const taken = { holder: 'another', expiresAt: { $add: ['$$NOW', 3_000] } };
            await leases.updateOne({ _id: 'import' as never }, [{ $set: taken }]);
            const held = { _id: 'import' as never, holder: 'another', $expr: { $gt: ['$expiresAt', '$$NOW'] } };
            // Meanwhile the lease cannot be renewed. As soon as it ends, the import may have it again.
            await expect.poll(() => leases.countDocuments(held), { timeout: 30_000 }).toBe(0);
          }
          return ACCOUNTS.identitiesOf(names);
        },
      },
    });
    expect(isStolen).toBe(true);
    expect(progress).toMatchObject({ run: 1, state: 'done' });
    expectSame(await contentOfImport(client.db(into('stolen'))), await wholeContent());
  });

  it('brings what is new and changed when it is run later', async () => {
    await importedOnce('stolen');
    const request = await kbase.types.collection('module_request').findOne({ moduleName: 'KBaseWaiting' });
    const admin = await kbase.workspace.collection('admins').findOne({ user: 'carol' });
    const acls = await kbase.workspace.collection('workspaceACLs').find().toArray();
    const spaces = await kbase.workspace
      .collection('workspaces')
      .find({ ws: { $in: [1, 2] } })
      .toArray();
    try {
      await kbase.workspace.collection('workspaceACLs').deleteMany({ id: 3, user: 'eve' });
      await kbase.workspace.collection('workspaceACLs').updateOne({ id: 3, user: 'dave' }, { $set: { perm: 10 } });
      // Two workspaces take each other's names.
      await kbase.workspace.collection('workspaces').updateOne({ ws: 1 }, { $set: { name: 'alice:home' } });
      await kbase.workspace.collection('workspaces').updateOne({ ws: 2 }, { $set: { name: 'genomes', desc: null } });
      await kbase.types.collection('module_request').deleteOne({ moduleName: 'KBaseWaiting' });
      await kbase.workspace.collection('admins').deleteOne({ user: 'carol' });
      const { progress } = await imported('stolen');
      expect(progress).toMatchObject({ run: 2, state: 'done' });
    } finally {
      await kbase.workspace.collection('workspaceACLs').deleteMany({});
      await kbase.workspace.collection('workspaceACLs').insertMany(acls);
      for (const one of spaces) await kbase.workspace.collection('workspaces').replaceOne({ _id: one._id }, one);
      await kbase.types.collection('module_request').insertOne(request ?? {});
      await kbase.workspace.collection('admins').insertOne(admin ?? {});
    }
    const house = client.db(into('stolen'));
    const grants = (await house.collection('workspaces').findOne({ number: 3 }))?.grants as Document[];
    expect(grants.find(({ principal }) => principal === 'eve')).toBeUndefined();
    expect(grants).toContainEqual({ principal: 'dave', level: 'read' });
    const names = await house
      .collection('workspaces')
      .find({ number: { $in: [1, 2] } }, { sort: { number: 1 } })
      .toArray();
    expect(names.map((w) => w.name)).toEqual(['alice:home', 'genomes']);
    expect(names[1]).not.toHaveProperty('description');
    expect(await house.collection('moduleRequests').countDocuments()).toBe(2);
    const [roster] = await house.collection('roster').find().toArray();
    expect(roster?.admins.map((a: Document) => a.principal)).toEqual(['wsadmin2']);
  });

  it('brings new versions, deletions and restored objects when it is run later, and agrees with KBase then', async () => {
    await importedOnce('cut_4');
    const { workspace } = kbase;
    const kept = ['workspaces', 'workspaceObjects', 'workspaceObjVersions', 'workspaceACLs', 'provenance'];
    const before = await Promise.all(kept.map((name) => workspace.collection(name).find({}, AS_THEY_ARE).toArray()));
    try {
      const [versions, objects] = [
        workspace.collection('workspaceObjVersions'),
        workspace.collection('workspaceObjects'),
      ];
      const { _id: _, ...first }: Document = (await versions.findOne({ ws: 1, id: 2, ver: 1 })) ?? {};
      const provenance = await workspace.collection('provenance').findOne({ _id: first.provenance });
      const { _id: __, ...made }: Document = { ...provenance, user: 'bob' };
      const { insertedId } = await workspace.collection<Document>('provenance').insertOne(made);
      await versions.insertOne({ ...first, ver: 2, savedby: 'judy', provenance: insertedId, adminmeta: [] });
      await objects.updateOne({ ws: 1, id: 2 }, { $set: { numver: 2, moddate: new Date(), name: 'bsub_renamed' } });
      await objects.updateOne({ ws: 1, id: 6 }, { $set: { del: true } });
      await objects.updateOne({ ws: 1, id: 4 }, { $set: { del: false } });
      // A workspace is deleted, and another restored, each with its objects.
      for (const [ws, del] of [
        [5, true],
        [6, false],
      ] as const) {
        await workspace.collection('workspaces').updateOne({ ws }, { $set: { del, moddate: new Date() } });
        await objects.updateMany({ ws }, { $set: { del } });
      }
      await workspace.collection('workspaceACLs').insertOne({ id: 1, user: 'judy', perm: 20 });
      expect((await runVerify({ kbase, into: into('cut_4') })).ok).toBe(false);
      const { progress } = await imported('cut_4');
      const counts = Object.fromEntries(
        (progress?.counts ?? []).map(({ step, added, changed }) => [step, [added, changed]]),
      );
      expect(counts.versions).toEqual([1, 0]);
      expect(counts.workspaces).toEqual([0, 3]);
      expect((await runVerify({ kbase, into: into('cut_4') })).differences).toEqual([]);
    } finally {
      for (const [i, name] of kept.entries()) {
        await workspace.collection(name).deleteMany({});
        await workspace.collection(name).insertMany(before[i] ?? []);
      }
    }
  });

  it('stops when a user writes while it runs', async () => {
    const label = 'raced';
    let wrote = false;
    const racing = imported(label, {
      accounts: {
        async identitiesOf(names) {
          if (!wrote && names.includes('heidi')) {
            wrote = true;
            const database = await Database.connect({ uri: inject('mongoUri'), database: into(label) });
            await using house = await openHouse({ on: database });
            await house.administer('boss', {
              command: 'createWorkspace',
              user: 'boss',
              params: { workspace: 'early' },
            });
            await house[Symbol.asyncDispose]();
            await database.close();
          }
          return ACCOUNTS.identitiesOf(names);
        },
      },
    });
    await expect(racing).rejects.toThrow('Users have written to this database');
    expect(wrote).toBe(true);
    expect(await client.db(into(label)).collection('versions').countDocuments()).toBe(0);
  });

  it('takes documents that are large together in several transactions', async () => {
    const provenance = kbase.workspace.collection('provenance');
    const found = await kbase.workspace.collection('workspaceObjVersions').find({ ws: 20 }, { limit: 3 }).toArray();
    const before = await provenance.find({ _id: { $in: found.map((v) => v.provenance) } }, AS_THEY_ARE).toArray();
    try {
      const large = { 'actions.0.description': 'x'.repeat(9_000_000) };
      for (const { _id } of before) await provenance.updateOne({ _id }, { $set: large });
      await imported('large');
      const records = await client
        .db(into('large'))
        .collection('audit')
        .countDocuments({ 'records.params.step': 'versions' });
      expect(records).toBeGreaterThan(2);
      const [expected, found] = await Promise.all(
        ['whole', 'large'].map((label) => client.db(into(label)).collection('versions').distinct('_id')),
      );
      expect(found).toEqual(expected);
      if (LONG) expect((await runVerify({ kbase, into: into('large') })).differences).toEqual([]);
    } finally {
      for (const one of before) await provenance.replaceOne({ _id: one._id }, one);
    }
  });

  it('reads data from files that are named by their MD5, and finds those that are missing or damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'steward-blobs-'));
    const bucket = new GridFSBucket(kbase.workspace);
    const checksums = await kbase.workspace.collection('fs.files').distinct('_id');
    try {
      for (const checksum of checksums) {
        await writeFile(join(folder, String(checksum)), bucket.openDownloadStream(checksum as never));
      }
      const whole = await imported('files', { blobs: folder });
      expect(whole.findings.listed).toEqual([]);
      expectSame(await contentOfImport(client.db(into('files'))), await wholeContent());

      const file = join(folder, '9790b6369e63aa07948d1fc11b01029e');
      const bytes = await readFile(file);
      await writeFile(file, Buffer.alloc(bytes.length, 'x'));
      await expect(imported('damaged', { blobs: folder })).rejects.toThrow(
        /^The data 9790b6369e63aa07948d1fc11b01029e is damaged in KBase's blob store: its MD5 is \w+\. Restore it there/,
      );
      await rm(file);
      const { findings, progress } = await imported('bad', { blobs: folder });
      expect(progress).toBeUndefined();
      expect(findings.listed).toContainEqual({
        kind: 'version',
        id: '1/1/1',
        why: 'its data 9790b6369e63aa07948d1fc11b01029e is missing in the blob store',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused once users have written', async () => {
    await importedOnce('files');
    const record = {
      command: 'save_objects',
      outcome: 'success',
      via: 'method',
      changes: [{ collection: 'workspaces', id: 'ws1' }],
    };
    await client
      .db(into('files'))
      .collection('audit')
      .insertOne({ records: [record] });
    await expect(imported('files')).rejects.toThrow('Users have written to this database');
  });

  it('is refused into a database of KBase', async () => {
    const database = await Database.connect({ uri: inject('mongoUri'), database: KBASE });
    await expect(assertImportable(database, 'kbase/workspace')).rejects.toThrow(
      /holds collections of a KBase Workspace Service .* Name an empty database of its own in mongodb-database/,
    );
    await database.close();
  });

  it('names what cannot be imported, and writes nothing', async () => {
    const versions = kbase.workspace.collection('workspaceObjVersions');
    const key = { ws: 19, id: 1, ver: 1 };
    const before = await versions.findOne(key);
    try {
      await versions.updateOne(key, { $set: { savedby: 'no user!' } });
      const { findings, progress } = await imported('bad');
      expect(progress).toBeUndefined();
      expect(findings.listed).toContainEqual({
        kind: 'user',
        id: 'no user!',
        why: 'Illegal character in user name no user!:  ',
      });
      expect(findings.listed).toContainEqual({
        kind: 'version',
        id: '19/1/1',
        why: 'its saver no user! can be no user here',
      });
      expect(await client.db(into('bad')).listCollections().toArray()).toEqual([]);
    } finally {
      await versions.replaceOne(key, before ?? {});
    }
  });

  it.each(DAMAGES)('names $what', async (damage) => {
    const lines = await (LONG || damage.hidesOthers ? foundWith([damage]) : foundWithAll());
    expect(lines).toContainEqual(expect.stringMatching(damage.named));
  });

  it('leaves out what has damaged data when told to check all data, instead of stopping there', async () => {
    const chunks = kbase.workspace.collection<Document>('fs.chunks');
    const lost = await kbase.workspace.collection('workspaceObjVersions').findOne({ ws: 2, id: 1 });
    const before = await chunks.findOne({ files_id: lost?.chksum }, AS_THEY_ARE);
    try {
      const bytes = Buffer.alloc(Number(before?.data.length()), 'x');
      await chunks.updateOne({ _id: before?._id } as Document, { $set: { data: bytes } });
      const { findings, progress } = await imported('checked', { keepGoing: true, checksData: true });
      expect(progress).toMatchObject({ state: 'done' });
      expect(findings.listed).toContainEqual(
        expect.objectContaining({ id: '2/1/1', why: expect.stringContaining('is damaged in the blob store') }),
      );
      const house = client.db(into('checked'));
      expect(await house.collection('objects').countDocuments({ ws: 2, id: 1 })).toBe(0);
      expect(await house.collection('versions').countDocuments({ checksum: lost?.chksum })).toBe(0);
    } finally {
      await chunks.replaceOne({ _id: before?._id } as Document, before ?? {});
    }
  });

  it('names a document that is too large for a record', async () => {
    const workspaces = kbase.workspace.collection<Document>('workspaces');
    const before = await workspaces.findOne({ ws: 3 }, AS_THEY_ARE);
    // As large as a document of MongoDB can be, so that none is left for what the import adds.
    const desc = 'x'.repeat(16_777_216 - BSON.calculateObjectSize(before ?? {}));
    try {
      await workspaces.updateOne({ ws: 3 }, { $set: { desc } });
      await expect(imported('huge')).rejects.toThrow(/^workspaces 3 is too large: with its audit record, /);
    } finally {
      await workspaces.replaceOne({ _id: before?._id } as Document, before ?? {});
    }
  });

  it('leaves out a whole object, and what refers to it, when told to go on', async () => {
    const files = kbase.workspace.collection<Document>('fs.files');
    const lost = await kbase.workspace.collection('workspaceObjVersions').findOne({ ws: 2, id: 1 });
    const removed = await files.findOneAndDelete({ _id: lost?.chksum });
    try {
      const { findings, progress } = await imported('partial', { keepGoing: true });
      expect(progress).toMatchObject({ state: 'done' });
      expect(findings.listed.map(({ id }) => id)).toContain('2/1/1');
      const house = client.db(into('partial'));
      expect(await house.collection('objects').countDocuments({ ws: 2, id: 1 })).toBe(0);
      expect(await house.collection('versions').countDocuments({ ws: 2, id: 1 })).toBe(0);
      expect(await house.collection('versions').countDocuments({ refs: /^2\/1\// })).toBe(0);
    } finally {
      await files.insertOne(removed ?? {});
    }
  });

  it('names another version of the schema', async () => {
    const config = kbase.workspace.collection('config');
    try {
      await config.updateOne({}, { $set: { schemaver: 1 } });
      const { findings } = await imported('bad');
      expect(findings.listed[0]?.why).toContain('it has the schema version 1');
    } finally {
      await config.updateOne({}, { $set: { schemaver: 2 } });
    }
  });

  it('stops at a field that is in no table, with its place', async () => {
    const workspaces = kbase.workspace.collection('workspaces');
    try {
      await workspaces.updateOne({ ws: 3 }, { $set: { novel: 1 } });
      await expect(imported('bad')).rejects.toThrow(/^workspaces\/\w+ has the field novel/);
    } finally {
      await workspaces.updateOne({ ws: 3 }, { $unset: { novel: 1 } });
    }
  });

  it('names a specification that does not compile', async () => {
    const specs = kbase.types.collection('module_spec_history');
    const filter = { moduleName: 'KBaseMeta' };
    const before = await specs.find(filter).toArray();
    try {
      await specs.updateMany(filter, { $set: { document: 'module KBaseMeta { typedef nothing; };' } });
      const { findings } = await imported('bad');
      expect(findings.listed.find(({ kind }) => kind === 'module')).toMatchObject({ id: 'KBaseMeta' });
    } finally {
      for (const one of before) await specs.replaceOne({ _id: one._id }, one);
    }
  });
});
