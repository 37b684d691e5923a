import { collection, type Stored } from '../../store/collection.ts';
import type { MetaItem } from '../resources/resource.ts';

/**
 * How objects are stored. An object has a name in its workspace and the number of its newest version. What was saved is
 * in its versions, which never change but for `adminMeta`. The data is stored once for each checksum. A workspace's
 * highest object id and the time of its last save are in `workspaces/head.ts`.
 */

/** An object by its numbers, `1/2`, or a version of it, `1/2/3`. */
export type Reference = string;

export interface StoredObject extends Stored {
  /** `ws1/2` for object 2 of workspace 1. */
  readonly _id: string;
  /** The workspace's number. */
  readonly ws: number;
  readonly id: number;
  readonly name: string;
  /** The newest version. */
  readonly latest: number;
  /** Whether it was deleted by itself. That may no longer count: ask `isDeleted`. */
  readonly deleted: boolean;
  /**
   * The workspace's `undeletions` when the object was deleted. To restore a workspace restores all its objects: that
   * only raises `undeletions`, and every object that was deleted before no longer counts as deleted.
   */
  readonly deletedIn?: number;
  readonly hidden: boolean;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface StoredVersion extends Stored {
  /** `ws1/2/3` for version 3 of object 2 of workspace 1. */
  readonly _id: string;
  readonly ws: number;
  readonly id: number;
  readonly version: number;
  /** With its full version, `Mod.Type-1.0`. */
  readonly type: string;
  /** `Mod.Type`. */
  readonly typeName: string;
  readonly typeMajor: number;
  readonly typeMinor: number;
  /** The principal's id. */
  readonly savedBy: string;
  readonly savedAt: Date;
  /** MD5 of the data in its canonical form, hexadecimal: the id of its content. */
  readonly checksum: string;
  /** Bytes of the data in its canonical form. */
  readonly size: number;
  /** This list and the next two are absent when empty, so that they take no place in a sparse index. */
  readonly meta?: readonly MetaItem[];
  /** The versions that the data refers to. */
  readonly refs?: readonly Reference[];
  /** The versions that the provenance names as input. */
  readonly provenanceRefs?: readonly Reference[];
  readonly adminMeta: readonly MetaItem[];
  /**
   * The provenance actions as they are answered, with times in both forms, empty lists and `resolved_ws_objects`. It is
   * JSON text because its content is the caller's, at any depth.
   */
  readonly provenance: string;
  /** Ids of other kinds than workspace references that the data holds, by their kind. */
  readonly extractedIds: readonly ExtractedIds[];
  /** Of a copy or a repetition: who saved the first one, where and when. */
  readonly origin?: Origin;
  /** The version that this one is a copy of. */
  readonly copiedFrom?: Reference;
  /** The version of the same object that this one repeats. */
  readonly revertedFrom?: number;
}

export interface Origin {
  /** The principal's id. */
  readonly savedBy: string;
  /** The workspace's number. */
  readonly ws: number;
  readonly savedAt: Date;
}

export interface ExtractedIds {
  readonly type: string;
  readonly ids: readonly string[];
}

export const objects = collection<StoredObject>('objects', {
  indexes: [
    { key: { ws: 1, id: 1 }, name: 'object_id', unique: true },
    { key: { ws: 1, name: 1 }, name: 'object_name', unique: true },
  ],
  sharding: { key: { ws: 1 }, why: 'both unique indexes begin with it, and a list reads one shard' },
});

export const versions = collection<StoredVersion>('versions', {
  indexes: [
    { key: { ws: 1, id: 1, version: -1 }, name: 'version', unique: true },
    { key: { typeName: 1, ws: 1, id: 1, version: -1 }, name: 'version_type' },
    { key: { savedBy: 1, ws: 1 }, name: 'version_saved_by' },
    { key: { ws: 1, savedAt: 1 }, name: 'version_saved_at' },
    { key: { refs: 1 }, name: 'version_refs', sparse: true },
    { key: { provenanceRefs: 1 }, name: 'version_provenance_refs', sparse: true },
    { key: { 'meta.key': 1, 'meta.value': 1 }, name: 'version_meta', sparse: true },
    { key: { checksum: 1 }, name: 'version_checksum' },
  ],
  sharding: {
    key: { ws: 1, id: 1 },
    why: 'its unique index begins with it; a workspace of many versions can be split',
  },
  keyedLists: { meta: 'key', adminMeta: 'key' },
  long: ['meta', 'refs', 'provenanceRefs', 'provenance', 'extractedIds'],
  digests: ['checksum'],
});

export const objectId = (ws: number, id: number): string => `ws${ws}/${id}`;

export const versionId = (ws: number, id: number, version: number): string => `ws${ws}/${id}/${version}`;

export const referenceTo = ({ ws, id, version }: Pick<StoredVersion, 'ws' | 'id' | 'version'>): Reference =>
  `${ws}/${id}/${version}`;
