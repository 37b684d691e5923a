import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Binary, type Collection, type Document, GridFSBucket, Long } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Findings } from '../../../src/domain/imports/findings.ts';
import { inspect } from '../../../src/domain/imports/inspect.ts';
import { type ImportSources, openSources } from '../../../src/server/importing.ts';
import { type RestoredDatabase, restoreKbase } from '../../support/kbaseDatabase.ts';

/** The data of 1/1/1. */
const CHECKSUM = '9790b6369e63aa07948d1fc11b01029e';
let kbase: RestoredDatabase;

beforeAll(async () => {
  kbase = await restoreKbase(inject('mongoUri'), `inspect_${randomUUID().replaceAll('-', '')}`);
});

afterAll(() => kbase[Symbol.asyncDispose]());

/** What the inspection finds, as the command line prints it. @throws what stops it */
async function found(options: Partial<ImportSources> & { readonly checksData?: boolean } = {}): Promise<string[]> {
  const { checksData = false, ...from } = options;
  const started: (() => Promise<void>)[] = [];
  const findings = new Findings();
  try {
    const sources = await openSources({ from: kbase.from, types: kbase.typesFrom, blobs: 'gridfs', ...from }, started);
    const { signal } = new AbortController();
    await inspect({ sources, findings, checksData, signal, report: () => undefined });
  } finally {
    for (const stop of started.toReversed()) await stop();
  }
  return findings.listed.map(({ kind, id, why }) => `${kind} ${id}: ${why}`);
}

/** Does the work while the first matching document is changed, and restores it. */
async function whileChanged<R>(
  documents: Collection,
  [filter, change]: readonly [filter: Document, change: Document],
  work: () => Promise<R>,
): Promise<R> {
  const before = await documents.findOne(filter, { promoteValues: false });
  if (before === null) throw new Error('there is no such document');
  try {
    expect((await documents.updateOne({ _id: before._id }, change)).modifiedCount).toBe(1);
    return await work();
  } finally {
    await documents.replaceOne({ _id: before._id }, before);
  }
}

const VERSION = { ws: 1, id: 1, ver: 1 };
/** Dates in MongoDB reach further than those of JavaScript. */
const OUT_OF_RANGE = { $toDate: Long.fromString('9000000000000000') };

describe('an inspection before an import', () => {
  it('finds nothing in a database that the real service made', async () => {
    expect(await found({ checksData: true })).toEqual([]);
  });

  it.each([
    [
      'a field of an action that is in no table',
      'provenance',
      [{ 'actions.0.caller': { $ne: null } }, { $set: { 'actions.0.novel': 1 } }],
      /^provenance\/\w+ has the field actions\[0\]\.novel, which this version of Steward does not know$/,
    ],
    [
      'a field of external data with an unexpected value',
      'provenance',
      [{ 'actions.0.externalData.0': { $exists: true } }, { $set: { 'actions.0.externalData.0.dataId': 7 } }],
      /^provenance\/\w+: the field actions\[0\]\.externalData\[0\]\.dataId is 7, and should be a text$/,
    ],
    [
      'metadata of another shape',
      'workspaceObjVersions',
      [VERSION, { $set: { meta: [{ k: 'a', v: 'b', w: 'c' }] } }],
      /^workspaceObjVersions\/\w+: the field meta is \[{"k":"a","v":"b","w":"c"}\], and should be a list of {k, v}/,
    ],
    [
      'a date that is out of range',
      'workspaceObjVersions',
      [VERSION, [{ $set: { savedate: OUT_OF_RANGE } }]],
      /^workspaceObjVersions\/\w+: the field savedate is a date that is out of range, and should be a date$/,
    ],
    [
      'a field that is missing',
      'workspaceObjects',
      [{ ws: 1, id: 1 }, { $unset: { numver: 1 } }],
      /^workspaceObjects\/\w+ lacks the field numver, which should be a whole number$/,
    ],
    [
      'a field of a file that is in no table',
      'fs.files',
      [{ _id: CHECKSUM }, { $set: { aliases: [] } }],
      new RegExp(`^fs.files/${CHECKSUM} has the field aliases, which this version of Steward does not know$`),
    ],
  ] as const)('stops at %s, with its place', async (_, collection, change, message) => {
    const documents = kbase.workspace.collection(collection);
    await whileChanged(documents, change as never, () => expect(found()).rejects.toThrow(message));
  });

  it.each([
    [
      'data whose keys are not sorted',
      'fs.files',
      [{ _id: CHECKSUM }, { $set: { 'metadata.sorted': false } }],
      `its data ${CHECKSUM} is stored with unsorted keys, unlike what KBase 0.15 stores`,
    ],
    [
      'a file of which pieces are missing',
      'fs.files',
      [{ _id: CHECKSUM }, { $set: { chunkSize: 9 } }],
      `its data ${CHECKSUM} is torn: GridFS has 1 of its 2 pieces`,
    ],
    [
      'damaged data of the right length',
      'fs.chunks',
      [{ files_id: CHECKSUM }, { $set: { data: new Binary(Buffer.alloc(18, 'x')) } }],
      `its data ${CHECKSUM} is damaged in the blob store: its MD5 is `,
    ],
  ] as const)('names %s, if it is to read all data', async (_, collection, change, why) => {
    const documents = kbase.workspace.collection(collection);
    const lines = await whileChanged(documents, change as never, () => found({ checksData: true }));
    expect(lines).toContainEqual(expect.stringContaining(`version 1/1/1: ${why}`));
  });

  it('finds a file whose piece is among those of another file of the same page', async () => {
    const other = await kbase.workspace.collection('fs.files').findOne({ _id: { $ne: CHECKSUM as never } });
    const change = [{ files_id: CHECKSUM }, { $set: { files_id: other?._id, n: 99 } }] as const;
    const lines = await whileChanged(kbase.workspace.collection('fs.chunks'), change, () => found());
    const why = `version 1/1/1: its data ${CHECKSUM} is torn: GridFS has 0 of its 1 pieces`;
    expect(lines).toContainEqual(expect.stringContaining(why));
    expect(lines).toContainEqual(
      expect.stringContaining(`its data ${other?._id} is torn: GridFS has 2 of its 1 pieces`),
    );
  });

  it('names numbers and names that occur twice, as in a database that was restored without its indexes', async () => {
    const objects = kbase.workspace.collection('workspaceObjects');
    const { _id, ...object }: Document =
      (await objects.findOne<Document>({ ws: 1, id: 1 }, { promoteValues: false })) ?? {};
    const { insertedId } = await objects.insertOne({ ...object });
    try {
      const repeated = (value: string) =>
        expect.stringMatching(`\\.workspaceObjects: several documents have the ${value}$`);
      expect(await found()).toEqual([repeated('ws 1, id 1'), repeated(`ws 1, name ${object.name}`)]);
    } finally {
      await objects.deleteOne({ _id: insertedId });
    }
  });

  it('says when the two databases are taken for each other, and when that of types is not named', async () => {
    const swapped = await found({ from: kbase.typesFrom, types: kbase.from });
    expect(swapped[0]).toContain('it has no schema version');
    expect(swapped).toContainEqual(
      expect.stringMatching(/\.module_version: this collection belongs to KBase's other database/),
    );
    const alone = await found({ types: kbase.from });
    expect(alone).toEqual([
      expect.stringMatching(/: it has no types: name KBase's database of types .* with --types$/),
    ]);
  });

  it('takes a bucket of S3 that was copied to a folder, as KBase names its keys or by MD5', async () => {
    const { workspace } = kbase;
    const folder = await mkdtemp(join(tmpdir(), 'steward-bucket-'));
    const checksums = await workspace.collection('fs.files').distinct('_id');
    const bucket = new GridFSBucket(workspace);
    const keyOf = (uuid: string) => [uuid.slice(0, 2), uuid.slice(2, 4), uuid.slice(4, 6), uuid].join('/');
    const objects = checksums.map((chksum) => ({ chksum, key: keyOf(randomUUID()), sorted: true }));
    try {
      for (const { chksum, key } of objects) {
        // A tool of the operator's own may have named some by their MD5.
        const file = join(folder, String(chksum).startsWith('0') ? String(chksum) : key);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bucket.openDownloadStream(chksum as never));
      }
      await workspace.collection<Document>('s3_objects').insertMany(objects as Document[]);
      expect(await found({ blobs: folder, checksData: true })).toEqual([]);
      const lost = objects.find(({ chksum }) => String(chksum) === CHECKSUM);
      await rm(join(folder, String(lost?.key)));
      const missing = `version 1/1/1: its data ${CHECKSUM} is missing in the blob store`;
      expect(await found({ blobs: folder })).toContain(missing);
      await whileChanged(
        workspace.collection('s3_objects'),
        [{ chksum: objects[0]?.chksum }, { $set: { sorted: false } }],
        async () => {
          expect(await found({ blobs: folder })).toContainEqual(
            expect.stringContaining('is stored with unsorted keys'),
          );
        },
      );
      const files = await workspace.collection('fs.files').find({}, { promoteValues: false }).toArray();
      await workspace.collection('fs.files').deleteMany({});
      try {
        expect(await found()).toEqual([
          expect.stringContaining('its data is in S3: copy the bucket to a folder, and name that with --blobs'),
        ]);
      } finally {
        await workspace.collection('fs.files').insertMany(files);
      }
    } finally {
      await workspace.collection('s3_objects').drop();
      await rm(folder, { recursive: true });
    }
  });
});
