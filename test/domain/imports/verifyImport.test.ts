import { randomUUID } from 'node:crypto';
import { type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Exclusions } from '../../../src/domain/imports/exclusions.ts';
import { type RestoredDatabase, restoreKbase } from '../../support/kbaseDatabase.ts';
import { ACCOUNTS, runImport, runVerify } from './importing.ts';

const name = `verify_${randomUUID().replaceAll('-', '')}`;
let client: MongoClient;
let kbase: RestoredDatabase;
let house: Db;

beforeAll(async () => {
  client = await MongoClient.connect(inject('mongoUri'));
  kbase = await restoreKbase(inject('mongoUri'), `${name}_kbase`);
  await runImport({ kbase, into: name, accounts: ACCOUNTS });
  house = client.db(name);
}, 120_000);

afterAll(async () => {
  await kbase[Symbol.asyncDispose]();
  await house.dropDatabase();
  await client.close();
});

const verified = (excluded?: Exclusions) => runVerify({ kbase, into: name }, excluded);

/** What is found while one document of a collection is changed, or removed where there is no change. */
async function foundAfter(of: Db, collection: string, [filter, change]: readonly [Document, Document?]) {
  const documents = of.collection(collection);
  const before = await documents.findOne(filter);
  if (before === null) throw new Error(`there is no such document in ${collection}`);
  if (change === undefined) await documents.deleteOne({ _id: before._id });
  else expect((await documents.updateOne({ _id: before._id }, change)).modifiedCount).toBe(1);
  try {
    const { ok, differences, more } = await verified();
    expect({ ok, more }).toEqual({ ok: false, more: 0 });
    return differences.map(({ kind, id, why }) => `${kind} ${id}: ${why}`).sort();
  } finally {
    await documents.replaceOne({ _id: before._id }, before, { upsert: true });
  }
}

const contentOf = async (reference: object) =>
  String((await house.collection('versions').findOne(reference))?.checksum);

describe('a comparison of an import with the database of KBase', () => {
  it('finds nothing after an import, and counts what both have', async () => {
    const { ok, source, checks, differences, more } = await verified();
    expect(differences).toEqual([]);
    expect({ ok, more }).toEqual({ ok: true, more: 0 });
    expect(source).toContain(kbase.workspace.databaseName);
    const counts = Object.fromEntries(checks.map(({ check, inKbase, here }) => [check, [inKbase, here]]));
    expect(counts).toEqual({
      'versions of modules': [36, 36],
      types: [46, 46],
      functions: [16, 16],
      modules: [14, 14],
      'requests for modules': [3, 3],
      // One of 32 is an unfinished clone.
      workspaces: [31, 31],
      objects: [175, 175],
      versions: [218, 218],
      permissions: [68, 68],
      'highest object numbers': [31, 31],
      administrators: [3, 2],
      settings: [1, 1],
      'the workspace counter': [1, 1],
      references: [undefined, await referencesInKbase()],
      data: [undefined, new Set(await kbase.workspace.collection('workspaceObjVersions').distinct('chksum')).size],
      specifications: [undefined, 36],
    });
  });

  it('finds a changed version with the field', async () => {
    const found = await foundAfter(house, 'versions', [{ _id: 'ws2/1/1' as never }, { $set: { savedBy: 'eve' } }]);
    expect(found).toEqual(['versions 2/1/1: savedBy is "eve", and "alice" in KBase']);
  });

  it('finds metadata of administrators that changed in KBase since', async () => {
    const change = [{ ws: 1, id: 1, ver: 1 }, { $set: { adminmeta: [{ k: 'seen', v: 'yes' }] } }] as const;
    const found = await foundAfter(kbase.workspace, 'workspaceObjVersions', change);
    expect(found).toEqual(['versions 1/1/1: adminMeta[seen] is absent, and {"key":"seen","value":"yes"} in KBase']);
  });

  it('finds a version that is missing, and what refers to it', async () => {
    const found = await foundAfter(house, 'versions', [{ _id: 'ws1/2/1' as never }]);
    expect(found).toContain('versions 1/2/1: it is missing here');
    expect(found).toContainEqual(expect.stringMatching(/^references \d+\/\d+\/\d+: it refers to 1\/2\/1, which/));
  });

  it('finds an object that KBase does not have', async () => {
    const removed = await foundAfter(kbase.workspace, 'workspaceObjects', [{ ws: 2, id: 1 }]);
    expect(removed).toEqual(['objects 2/1: KBase does not have it']);
  });

  it('finds damaged data of any size, and names who has it', async () => {
    const small = await contentOf({ _id: 'ws2/1/1' });
    const found = await foundAfter(house, 'contents', [
      { _id: small as never },
      [{ $set: { inline: Buffer.from('{}'), size: 2 } }] as Document,
    ]);
    expect(found).toContainEqual(
      expect.stringMatching(new RegExp(`^data ${small}: it has the MD5 99914b932bd37a50b983c5e7c90ae93b; .*2/1/1`)),
    );
    expect(found).toContainEqual(expect.stringMatching(/^data 2\/1\/1: its data \w+ has 2 bytes instead of \d+$/));
    const file = await house.collection('files.files').findOne({}, { sort: { length: -1 } });
    const chunk = { files_id: file?._id, n: 0 };
    const stored = await house.collection('files.chunks').findOne(chunk);
    const other = Buffer.alloc(Number(stored?.data.length()), 'x');
    expect(await foundAfter(house, 'files.chunks', [chunk, { $set: { data: other } }])).toContainEqual(
      expect.stringMatching(
        new RegExp(`^data ${file?.filename}: it has the MD5 \\w+; versions with it: \\d+/\\d+/\\d+$`),
      ),
    );
    expect(await foundAfter(house, 'files.chunks', [chunk])).toEqual([
      expect.stringMatching(new RegExp(`^data ${file?.filename}: it cannot be read: the file \\w+ is cut short; `)),
    ]);
  });

  it('finds data that is missing, with each version that has it', async () => {
    const checksum = await contentOf({ _id: 'ws2/1/1' });
    const having = await house.collection('versions').countDocuments({ checksum });
    const found = await foundAfter(house, 'contents', [{ _id: checksum as never }]);
    expect(found.length).toBe(having);
    expect(found).toContain(`data 2/1/1: its data ${checksum} is missing here`);
  });

  it.each([
    ['a permission that is missing', { $pull: { grants: { principal: 'eve' } } }, ['permissions 3/eve: nothing, and']],
    [
      'a permission too many',
      { $push: { grants: { principal: 'judy', level: 'read' } } },
      ['permissions 3/judy: read'],
    ],
    [
      'another owner',
      { $set: { owners: ['eve'] } },
      ['permissions 3/bob: nothing, and owner', 'permissions 3/eve: owner'],
    ],
    ['a workspace that is public here', { $set: { visibility: 'public' } }, ['permissions 3/*: read, and nothing in']],
    ['a name', { $set: { name: 'other' } }, ['workspaces 3: name is "other", and "bob_lab" in KBase']],
  ])('finds %s', async (_, change, expected) => {
    const found = await foundAfter(house, 'workspaces', [{ number: 3 }, change as Document]);
    expect(found).toEqual(expected.map((line) => expect.stringContaining(line)));
  });

  it('finds a permission that KBase gave since', async () => {
    const found = await foundAfter(kbase.workspace, 'workspaceACLs', [{ id: 3, user: 'dave' }, { $set: { perm: 30 } }]);
    expect(found).toEqual([expect.stringMatching(/^permissions 3\/dave: \w+, and admin in KBase$/)]);
  });

  it('finds a user whom nobody is here', async () => {
    const found = await foundAfter(house, 'principals', [{ username: 'z9_x' }]);
    expect(found).toContain('users z9_x: nobody has this name here');
  });

  it('finds a specification that compiles to something else, or not at all', async () => {
    const type = await house.collection('types').findOne({ module: 'KBaseMeta' });
    const key = { _id: `KBaseMeta@${type?.madeIn}` as never };
    const broken = await foundAfter(house, 'moduleVersions', [key, { $set: { spec: 'module KBaseMeta { oh };' } }]);
    expect(broken).toContainEqual(expect.stringContaining(`specifications ${key._id}: it does not compile: `));
    expect(broken).toContainEqual(expect.stringContaining(`versions of modules ${key._id}: spec is `));
    const changed = await foundAfter(house, 'types', [{ _id: type?._id as never }, { $set: { schema: '{}' } }]);
    expect(changed).toEqual([
      expect.stringMatching(/^specifications KBaseMeta\.\w+-\d+\.\d+: its specification compiles to another JSON/),
      expect.stringMatching(/^types KBaseMeta\.\w+-\d+\.\d+: schema is "\{\}", and /),
    ]);
  });

  it.each([
    ['an administrator', 'roster', [{}, { $set: { admins: [] } }], 'administrators carol: they are none here'],
    ['the counter', 'counters', [{ _id: 'workspace' }, { $set: { last: 5 } }], 'the workspace counter num: 5, and 32'],
    ['the highest object number', 'heads', [{ ws: 4 }, { $inc: { lastObject: 1 } }], 'highest object numbers 4: '],
    [
      'a setting',
      'dynamicConfig',
      [{}, { $set: { 'backend-file-retrieval-scaling': 77 } }],
      'settings backend-file-retrieval-scaling: 77, and ',
    ],
  ] as const)('finds a change of %s', async (_, collection, change, expected) => {
    const found = await foundAfter(house, collection, change as unknown as readonly [Document, Document]);
    expect(found[0]).toContain(expected);
  });

  it('does not miss what was left out', async () => {
    const excluded = new Exclusions();
    excluded.objects.add('2/1');
    const object = await house.collection('objects').findOneAndDelete({ _id: 'ws2/1' as never });
    try {
      expect((await verified()).differences).toContainEqual(expect.objectContaining({ kind: 'objects', id: '2/1' }));
      const { checks } = await verified(excluded);
      expect(checks.find(({ check }) => check === 'objects')).toMatchObject({
        inKbase: 174,
        here: 174,
        differences: 0,
      });
    } finally {
      await house.collection('objects').insertOne(object ?? {});
    }
  });

  it('is refused for another database, and while the import is not complete', async () => {
    const imports = house.collection('imports');
    const before = await imports.findOne();
    try {
      await imports.updateOne({}, { $set: { state: 'running' } });
      await expect(verified()).rejects.toThrow('The import is not complete. Run steward import kbase again');
      await imports.updateOne({}, { $set: { source: 'elsewhere/workspace' } });
      await expect(verified()).rejects.toThrow('This house was imported from elsewhere/workspace, so that it cannot');
      await imports.deleteMany({});
      await expect(verified()).rejects.toThrow('Nothing was imported here, so that it cannot be compared');
    } finally {
      await imports.deleteMany({});
      await imports.insertOne(before ?? {});
    }
  });
});

async function referencesInKbase(): Promise<number> {
  const found = await kbase.workspace.collection('workspaceObjVersions').find().toArray();
  return found.reduce(
    (sum, { refs, provrefs, copied }) =>
      sum + new Set(refs).size + new Set(provrefs).size + (typeof copied === 'string' ? 1 : 0),
    0,
  );
}
