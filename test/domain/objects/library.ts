import { createHash } from 'node:crypto';
import type { TestHouseOptions } from '../../support/house.ts';
import { openWorld, type World } from '../workspaces/world.ts';

/** The fields of a version that tests give. */
export interface Saved {
  /** The workspace's number. */
  readonly ws: number;
  readonly name: string;
  /** JSON with its keys in order. */
  readonly data?: string;
  readonly by?: string;
  readonly type?: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly refs?: readonly string[];
  readonly provenanceRefs?: readonly string[];
  readonly provenance?: string;
  readonly hidden?: boolean;
  readonly savedAt?: Date;
}

/** A world with objects in its workspaces. */
export interface Library extends World {
  /** Stores a version of a new object, or of the one with this name. @returns its reference */
  put(saved: Saved): Promise<string>;
}

export async function openLibrary(options: TestHouseOptions = {}): Promise<Library> {
  const world = await openWorld(options);
  const { db } = world.database;
  const put = async (saved: Saved) => {
    const { ws, name, data = '{}', by = 'ann', type = 'Mod.Type-1.0', meta = {}, hidden = false } = saved;
    const savedAt = saved.savedAt ?? new Date();
    const principal = await db.collection('principals').findOne({ username: by });
    const known = await db.collection('objects').findOne({ ws, name });
    const objects = await db.collection('objects').countDocuments({ ws });
    const id: number = known?.id ?? objects + 1;
    const version: number = (known?.latest ?? 0) + 1;
    const bytes = Buffer.from(data);
    const checksum = createHash('md5').update(bytes).digest('hex');
    const [typeName = '', typeVersion = ''] = type.split('-');
    const [typeMajor = 0, typeMinor = 0] = typeVersion.split('.').map(Number);
    const list = <T>(key: string, items: readonly T[] | undefined) => (items?.length ? { [key]: items } : {});
    await db
      .collection('contents')
      .updateOne(
        { _id: checksum as never },
        { $setOnInsert: { revision: 1, size: bytes.length, inline: bytes, createdAt: savedAt } },
        { upsert: true },
      );
    await db.collection('versions').insertOne({
      _id: `ws${ws}/${id}/${version}` as never,
      revision: 1,
      ...{ ws, id, version, type, typeName, typeMajor, typeMinor, savedBy: principal?._id, savedAt, checksum },
      size: bytes.length,
      ...list(
        'meta',
        Object.entries(meta).map(([key, value]) => ({ key, value })),
      ),
      ...list('refs', saved.refs),
      ...list('provenanceRefs', saved.provenanceRefs),
      adminMeta: [],
      provenance: saved.provenance ?? '[]',
      extractedIds: [],
    });
    const times = { createdAt: savedAt, deleted: false };
    await db.collection('objects').updateOne(
      { _id: `ws${ws}/${id}` as never },
      {
        $set: { ws, id, name, latest: version, modifiedAt: savedAt, hidden },
        $setOnInsert: times,
        $inc: { revision: 1 },
      },
      { upsert: true },
    );
    await db
      .collection('heads')
      .updateOne(
        { _id: `ws${ws}` as never },
        { $max: { lastObject: id, savedAt }, $inc: { revision: 1 } },
        { upsert: true },
      );
    return `${ws}/${id}/${version}`;
  };
  return { ...world, put };
}
