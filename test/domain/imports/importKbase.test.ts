import { randomUUID } from 'node:crypto';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Spool } from '../../../src/base/spool/spool.ts';
import { verifyState } from '../../../src/domain/state/verifyState.ts';
import { Database } from '../../../src/store/database.ts';
import { type RestoredDatabase, restoreKbase } from '../../support/kbaseDatabase.ts';
import { ACCOUNTS, contentOfImport, runImport } from './importing.ts';

const name = `import_${randomUUID().replaceAll('-', '')}`;
let client: MongoClient;
let kbase: RestoredDatabase;
const into = (label: string) => `${name}_${label}`;
const used: string[] = [];

async function imported(label: string, options: Partial<Parameters<typeof runImport>[0]> = {}) {
  used.push(into(label));
  return runImport({ kbase, into: into(label), accounts: ACCOUNTS, ...options });
}

beforeAll(async () => {
  client = await MongoClient.connect(inject('mongoUri'));
  kbase = await restoreKbase(inject('mongoUri'), into('kbase'));
  await imported('whole');
});

afterAll(async () => {
  await kbase[Symbol.asyncDispose]();
  for (const database of used) await client.db(database).dropDatabase();
  await client.close();
});

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
    expect(record.params.source).toContain(into('kbase'));
  });

  it('changes nothing when it is run again', async () => {
    const before = await contentOfImport(client.db(into('whole')));
    const { progress } = await imported('whole');
    expect(progress).toMatchObject({ run: 2, state: 'done' });
    expect(progress?.counts.filter(({ added, changed }) => added + changed > 0)).toEqual([]);
    expect(await contentOfImport(client.db(into('whole')))).toEqual(before);
  });

  it('gives the same database when it ends after any part and is continued', async () => {
    const whole = await contentOfImport(client.db(into('whole')));
    for (const parts of [1, 4, 6, 8]) {
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
      expect(await contentOfImport(client.db(into(label)))).toEqual(whole);
    }
  });

  it('brings what is new and changed when it is run later', async () => {
    await imported('later');
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
      const { progress } = await imported('later');
      expect(progress).toMatchObject({ run: 2, state: 'done' });
    } finally {
      await kbase.workspace.collection('workspaceACLs').deleteMany({});
      await kbase.workspace.collection('workspaceACLs').insertMany(acls);
      for (const one of spaces) await kbase.workspace.collection('workspaces').replaceOne({ _id: one._id }, one);
      await kbase.types.collection('module_request').insertOne(request ?? {});
      await kbase.workspace.collection('admins').insertOne(admin ?? {});
    }
    const house = client.db(into('later'));
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

  it('is refused once users have written', async () => {
    await imported('written');
    const record = { outcome: 'success', via: 'method', changes: [{ collection: 'workspaces', id: 'ws1' }] };
    await client
      .db(into('written'))
      .collection('audit')
      .insertOne({ records: [record] });
    await expect(imported('written')).rejects.toThrow('Users have written to this database');
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

  it.each([
    ['data that is missing', 'fs.files', { _id: '9790b6369e63aa07948d1fc11b01029e' }, /missing in the blob store/],
    [
      'a reference that dangles',
      'workspaceObjVersions',
      { ws: 1, id: 2, ver: 1 },
      /refers to 1\/2\/1, which does not exist/,
    ],
  ])('names %s', async (_, collection, filter, why) => {
    const documents = kbase.workspace.collection<Document>(collection);
    const removed = await documents.findOneAndDelete(filter as Document);
    try {
      const { findings, progress } = await imported('bad');
      expect(progress).toBeUndefined();
      expect(findings.listed.map((finding) => finding.why)).toContainEqual(expect.stringMatching(why));
    } finally {
      await documents.insertOne(removed ?? {});
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
