import { randomUUID } from 'node:crypto';
import { type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Exclusions } from '../../../src/domain/imports/exclusions.ts';
import { type RestoredDatabase, restoreKbase } from '../../support/kbaseDatabase.ts';
import { LONG } from '../../support/long.ts';
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

/** A document that is changed, or removed where there is no change: of the house, or of KBase. */
interface Change {
  readonly of?: 'kbase';
  readonly collection: string;
  readonly filter: Document;
  readonly change?: Document;
}

/** What is found while these documents are changed. */
async function foundAfter(...changes: readonly Change[]): Promise<string[]> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const { of, collection, filter, change } of changes) {
      const documents = (of === 'kbase' ? kbase.workspace : house).collection(collection);
      const before = await documents.findOne(filter);
      if (before === null) throw new Error(`there is no such document in ${collection}`);
      const { _id } = before;
      undo.push(() => documents.replaceOne({ _id }, before, { upsert: true }));
      if (change === undefined) await documents.deleteOne({ _id });
      else expect((await documents.updateOne({ _id }, change)).modifiedCount).toBe(1);
    }
    const { ok, differences, more } = await verified();
    expect({ ok, more }).toEqual({ ok: false, more: 0 });
    return differences.map(({ kind, id, why }) => `${kind} ${id}: ${why}`).sort();
  } finally {
    for (const each of undo.toReversed()) await each();
  }
}

interface Difference extends Change {
  readonly what: string;
  /** All lines that are found. */
  readonly found: readonly RegExp[];
  /** Only changes of the same round leave each other's lines as they are. */
  readonly round: 1 | 2;
}

/** Another value in the workspace 3. */
const inWorkspace3 = (change: Document) => ({ collection: 'workspaces', filter: { number: 3 }, change });

const DIFFERENCES: readonly Difference[] = [
  {
    what: 'a changed version with the field',
    collection: 'versions',
    filter: { _id: 'ws2/1/1' },
    change: { $set: { savedBy: 'eve' } },
    found: [/^versions 2\/1\/1: savedBy is "eve", and "alice" in KBase$/],
    round: 1,
  },
  {
    what: 'metadata of administrators that changed in KBase since',
    of: 'kbase',
    collection: 'workspaceObjVersions',
    filter: { ws: 1, id: 1, ver: 1 },
    change: { $set: { adminmeta: [{ k: 'seen', v: 'yes' }] } },
    found: [/^versions 1\/1\/1: adminMeta\[seen\] is absent, and \{"key":"seen","value":"yes"\} in KBase$/],
    round: 1,
  },
  {
    what: 'an object that KBase does not have',
    of: 'kbase',
    collection: 'workspaceObjects',
    filter: { ws: 2, id: 1 },
    found: [/^objects 2\/1: KBase does not have it$/],
    round: 2,
  },
  {
    what: 'a permission that is missing',
    ...inWorkspace3({ $pull: { grants: { principal: 'eve' } } }),
    found: [/^permissions 3\/eve: nothing, and/],
    round: 1,
  },
  {
    what: 'a permission too many',
    ...inWorkspace3({ $push: { grants: { principal: 'judy', level: 'read' } } }),
    found: [/^permissions 3\/judy: read/],
    round: 1,
  },
  {
    what: 'another owner',
    ...inWorkspace3({ $set: { owners: ['eve'] } }),
    found: [/^permissions 3\/bob: nothing, and owner/, /^permissions 3\/eve: owner/],
    round: 2,
  },
  {
    what: 'a workspace that is public here',
    ...inWorkspace3({ $set: { visibility: 'public' } }),
    found: [/^permissions 3\/\*: read, and nothing in/],
    round: 1,
  },
  {
    what: 'a name',
    ...inWorkspace3({ $set: { name: 'other' } }),
    found: [/^workspaces 3: name is "other", and "bob_lab" in KBase/],
    round: 1,
  },
  {
    what: 'a permission that KBase gave since',
    of: 'kbase',
    collection: 'workspaceACLs',
    filter: { id: 3, user: 'dave' },
    change: { $set: { perm: 30 } },
    found: [/^permissions 3\/dave: \w+, and admin in KBase$/],
    round: 1,
  },
  {
    what: 'a specification that compiles to something else',
    collection: 'types',
    filter: { module: 'KBaseMeta' },
    change: { $set: { schema: '{}' } },
    found: [
      /^specifications KBaseMeta\.\w+-\d+\.\d+: its specification compiles to another JSON/,
      /^types KBaseMeta\.\w+-\d+\.\d+: schema is "\{\}", and /,
    ],
    round: 1,
  },
  {
    what: 'a change of an administrator',
    collection: 'roster',
    filter: {},
    change: { $set: { admins: [] } },
    found: [/^administrators carol: they are none here/, /^administrators wsadmin2: they are none here/],
    round: 1,
  },
  {
    what: 'a change of the counter',
    collection: 'counters',
    filter: { _id: 'workspace' },
    change: { $set: { last: 5 } },
    found: [/^the workspace counter num: 5, and 32/],
    round: 1,
  },
  {
    what: 'a change of the highest object number',
    collection: 'heads',
    filter: { ws: 4 },
    change: { $inc: { lastObject: 1 } },
    found: [/^highest object numbers 4: /],
    round: 1,
  },
  {
    what: 'a change of a setting',
    collection: 'dynamicConfig',
    filter: {},
    change: { $set: { 'backend-file-retrieval-scaling': 77 } },
    found: [/^settings backend-file-retrieval-scaling: 77, and /],
    round: 1,
  },
];

/** Expects a line for each of these, and no other. */
function expectExactly(lines: readonly string[], found: readonly RegExp[]): void {
  for (const one of found) expect(lines).toContainEqual(expect.stringMatching(one));
  expect(lines.filter((line) => !found.some((one) => one.test(line)))).toEqual([]);
  expect(lines).toHaveLength(found.length);
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

  it.each([1, 2])('finds every one of many differences, and nothing else: round %i', async (round) => {
    const together = DIFFERENCES.filter((one) => one.round === round);
    expectExactly(
      await foundAfter(...together),
      together.flatMap(({ found }) => found),
    );
  });

  it.runIf(LONG).each(DIFFERENCES)('finds $what, and nothing else', async (one) => {
    expectExactly(await foundAfter(one), one.found);
  });

  it('finds what is missing or cannot be used, and what that leads to', async () => {
    const small = await contentOf({ _id: 'ws2/1/1' });
    const type = await house.collection('types').findOne({ module: 'KBaseMeta' });
    const specification = `KBaseMeta@${type?.madeIn}`;
    const found = await foundAfter(
      { collection: 'versions', filter: { _id: 'ws1/2/1' } },
      { collection: 'principals', filter: { username: 'z9_x' } },
      {
        collection: 'moduleVersions',
        filter: { _id: specification },
        change: { $set: { spec: 'module KBaseMeta { oh };' } },
      },
      {
        collection: 'contents',
        filter: { _id: small },
        change: [{ $set: { inline: Buffer.from('{}'), size: 2 } }] as Document,
      },
    );
    expect(found).toContain('versions 1/2/1: it is missing here');
    expect(found).toContainEqual(expect.stringMatching(/^references \d+\/\d+\/\d+: it refers to 1\/2\/1, which/));
    expect(found).toContain('users z9_x: nobody has this name here');
    expect(found).toContainEqual(expect.stringContaining(`specifications ${specification}: it does not compile: `));
    expect(found).toContainEqual(expect.stringContaining(`versions of modules ${specification}: spec is `));
    expect(found).toContainEqual(
      expect.stringMatching(new RegExp(`^data ${small}: it has the MD5 99914b932bd37a50b983c5e7c90ae93b; .*2/1/1`)),
    );
    expect(found).toContainEqual(expect.stringMatching(/^data 2\/1\/1: its data \w+ has 2 bytes instead of \d+$/));
  });

  it('finds damaged data of a file, and names who has it', async () => {
    const file = await house.collection('files.files').findOne({}, { sort: { length: -1 } });
    const chunk = { files_id: file?._id, n: 0 };
    const stored = await house.collection('files.chunks').findOne(chunk);
    const data = Buffer.alloc(Number(stored?.data.length()), 'x');
    const damaged = { collection: 'files.chunks', filter: chunk, change: { $set: { data } } };
    expect(await foundAfter(damaged)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^data ${file?.filename}: it has the MD5 \\w+; versions with it: \\d+/\\d+/\\d+$`),
      ),
    );
    expect(await foundAfter({ collection: 'files.chunks', filter: chunk })).toEqual([
      expect.stringMatching(new RegExp(`^data ${file?.filename}: it cannot be read: the file \\w+ is cut short; `)),
    ]);
  });

  it('finds data that is missing, with each version that has it', async () => {
    const checksum = await contentOf({ _id: 'ws2/1/1' });
    const having = await house.collection('versions').countDocuments({ checksum });
    const found = await foundAfter({ collection: 'contents', filter: { _id: checksum } });
    expect(found.length).toBe(having);
    expect(found).toContain(`data 2/1/1: its data ${checksum} is missing here`);
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
