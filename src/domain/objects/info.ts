import type { GetObjectInfo, ObjectIdentity, ObjectInfo, ObjectInfoStruct } from '../../base/schemas/generated.ts';
import type { Part, Reader } from '../../store/collection.ts';
import type { ReadContext } from '../access/context.ts';
import { metaObject } from '../workspaces/meta.ts';
import { kbaseTime } from '../workspaces/time.ts';
import { follow, type ObjectReader } from './follow.ts';
import { objectIdentifierOf } from './identify.ts';
import { type Located, locate } from './locate.ts';
import { type Reference, type StoredVersion, versionId, versions } from './object.ts';
import { readVersionsById } from './readVersions.ts';
import { type ObjectRequest, objectRequests } from './specification.ts';

/** The fields of a version that its info shows, without metadata. */
export const infoFields = ['ws', 'id', 'version', 'type', 'savedBy', 'savedAt', 'checksum', 'size'] as const;
/** The same with metadata. */
export const describedFields = [...infoFields, 'meta'] as const;
/** The same with the metadata of administrators. */
const structFields = [...describedFields, 'adminMeta'] as const;

export type InfoPart = Pick<StoredVersion, (typeof infoFields)[number]> & Partial<Pick<StoredVersion, 'meta'>>;

/** The names that an info shows beside its version. */
interface Named {
  readonly object: { readonly name: string };
  readonly workspace: { readonly name: string };
}

interface InfoOptions {
  readonly nameOf: (id: string) => string;
  readonly withMeta: boolean;
}

/** The tuple `object_info`; without metadata, that is null. */
export function objectInfo(
  { object, workspace }: Named,
  version: InfoPart,
  { nameOf, withMeta }: InfoOptions,
): ObjectInfo {
  return [
    version.id,
    object.name,
    version.type,
    kbaseTime(version.savedAt),
    version.version,
    nameOf(version.savedBy),
    version.ws,
    workspace.name,
    version.checksum,
    version.size,
    withMeta ? metaObject(version.meta ?? []) : null,
  ];
}

/** The same as an object, with the metadata of administrators and the path. */
export function objectInfoStruct(
  reached: Named & { readonly path: readonly Reference[] },
  version: InfoPart & Partial<Pick<StoredVersion, 'adminMeta'>>,
  { nameOf, withMeta }: InfoOptions,
): ObjectInfoStruct {
  const [objid, name, type, save_date, ver, saved_by, wsid, workspace, chsum, size] = objectInfo(reached, version, {
    nameOf,
    withMeta: false,
  });
  const meta = { meta: metaObject(version.meta ?? []), adminmeta: metaObject(version.adminMeta ?? []) };
  return {
    ...{ objid, name, type, save_date, version: ver, saved_by, wsid, workspace, chsum, size },
    ...(withMeta ? meta : {}),
    path: [...reached.path],
  };
}

/** Reads these fields of all versions that were located. */
export async function readVersions<K extends keyof StoredVersion & string>(
  reader: Reader,
  located: readonly Pick<Located, 'object' | 'version'>[],
  fields: readonly K[],
): Promise<(located: Pick<Located, 'object' | 'version'>) => Part<StoredVersion, K>> {
  const idOf = ({ object, version }: Pick<Located, 'object' | 'version'>) => versionId(object.ws, object.id, version);
  const byId = await readVersionsById(reader, located.map(idOf), fields);
  return (one) => {
    const version = byId.get(idOf(one));
    if (version === undefined) throw new Error(`the version ${idOf(one)} is missing`);
    return version;
  };
}

/** The infos of these versions, in their order; null stays null. */
export async function infosOf<R extends Named & Pick<Located, 'object' | 'version'>>(
  { reader, people }: Pick<ReadContext, 'reader' | 'people'>,
  reached: readonly (R | null)[],
  withMeta: boolean,
): Promise<(ObjectInfo | null)[]> {
  const there = reached.flatMap((r) => r ?? []);
  const versionOf = await readVersions(reader, there, withMeta ? describedFields : infoFields);
  const nameOf = await people.names(there.map((r) => versionOf(r).savedBy));
  return reached.map((r) => (r === null ? null : objectInfo(r, versionOf(r), { nameOf, withMeta })));
}

/**
 * The infos of objects.
 *
 * @throws what objectRequests and follow throw; with `ignoreErrors` an object that cannot be shown is null instead
 */
export async function getObjectInfo(
  context: ReadContext & ObjectReader,
  { objects, infostruct = 0, includeMetadata = 0, ignoreErrors = 0 }: GetObjectInfo['params'],
): Promise<GetObjectInfo['result']> {
  const { reader, people } = context;
  const reached = await follow(context, objectRequests(objects), ignoreErrors !== 0);
  const withMeta = includeMetadata !== 0;
  if (infostruct === 0) {
    const infos = await infosOf({ reader, people }, reached, withMeta);
    return { infos, paths: reached.map((r) => (r === null ? null : [...r.path])) };
  }
  const there = reached.flatMap((r) => r ?? []);
  const versionOf = await readVersions(reader, there, structFields);
  const nameOf = await people.names(there.map((r) => versionOf(r).savedBy));
  return {
    infostructs: reached.map((r) => (r === null ? null : objectInfoStruct(r, versionOf(r), { nameOf, withMeta }))),
  };
}

/** As {@link getObjectInfo} for the deprecated methods, which answer only the tuples. @throws what follow throws */
export async function listInfos(
  context: ReadContext,
  requests: readonly ObjectRequest[],
  { includeMetadata = 0, ignoreErrors = 0 }: Omit<GetObjectInfo['params'], 'objects'>,
): Promise<(ObjectInfo | null)[]> {
  const reached = await follow(context, requests, ignoreErrors !== 0);
  return infosOf(context, reached, includeMetadata !== 0);
}

/**
 * The infos of all versions of an object with their metadata, the oldest first.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted
 */
export async function getObjectHistory(
  { reader, people, authority }: ReadContext,
  identity: ObjectIdentity,
): Promise<ObjectInfo[]> {
  const { version: _, ...identifier } = objectIdentifierOf(identity);
  const { permitted } = await locate(reader, authority, [identifier]);
  const located = permitted(identifier, 'read');
  const { ws, id } = located.object;
  const wanted = { fields: describedFields };
  const found = await reader.parts(versions, { ws: { $eq: ws }, id: { $eq: id } }, { ...wanted, sort: OLDEST_FIRST });
  const nameOf = await people.names(found.map((v) => v.savedBy));
  return found.map((v) => objectInfo(located, v, { nameOf, withMeta: true }));
}

/** The order of the index of versions, backwards. */
const OLDEST_FIRST = { ws: -1, id: -1, version: 1 } as const;
