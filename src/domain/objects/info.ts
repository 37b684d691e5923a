import type { GetObjectInfo, ObjectIdentity, ObjectInfo, ObjectInfoStruct } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import type { Part, Reader } from '../../store/collection.ts';
import { metaObject } from '../workspaces/meta.ts';
import { kbaseTime } from '../workspaces/time.ts';
import { follow, type Reached, type Readership } from './follow.ts';
import { objectIdentifierOf } from './identify.ts';
import { type Located, locate, reading } from './locate.ts';
import { type Reference, type StoredVersion, versionId, versions } from './object.ts';
import { readVersionsById } from './readVersions.ts';
import { type Wanted, wantedOf } from './specification.ts';

/** What of a version its info shows, metadata apart. */
export const infoFields = ['ws', 'id', 'version', 'type', 'savedBy', 'savedAt', 'checksum', 'size'] as const;
/** The same with the metadata. */
export const describedFields = [...infoFields, 'meta'] as const;
/** The same with what only administrators change. */
const structFields = [...describedFields, 'adminMeta'] as const;

export type InfoPart = Pick<StoredVersion, (typeof infoFields)[number]> & Partial<Pick<StoredVersion, 'meta'>>;

/** What an info names beside the version itself. */
interface Named {
  readonly object: { readonly name: string };
  readonly workspace: { readonly name: string };
}

/** The tuple `object_info`; its metadata is null where it was not read. */
export function objectInfo(
  { object, workspace }: Named,
  version: InfoPart,
  nameOf: (id: string) => string,
  withMeta: boolean,
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

/** The same with its keys named, and what only administrators change. */
export function objectInfoStruct(
  reached: Named & { readonly path: readonly Reference[] },
  version: InfoPart & Partial<Pick<StoredVersion, 'adminMeta'>>,
  nameOf: (id: string) => string,
  withMeta: boolean,
): ObjectInfoStruct {
  const [objid, name, type, save_date, ver, saved_by, wsid, workspace, chsum, size] = objectInfo(
    reached,
    version,
    nameOf,
    false,
  );
  const meta = { meta: metaObject(version.meta ?? []), adminmeta: metaObject(version.adminMeta ?? []) };
  return {
    ...{ objid, name, type, save_date, version: ver, saved_by, wsid, workspace, chsum, size },
    ...(withMeta ? meta : {}),
    path: [...reached.path],
  };
}

/** These fields of the versions, at once; every version that was located is there. */
export async function readVersions<K extends keyof StoredVersion & string>(
  reader: Reader,
  located: readonly Pick<Located, 'object' | 'version'>[],
  fields: readonly K[],
): Promise<(located: Pick<Located, 'object' | 'version'>) => Part<StoredVersion, K>> {
  const idOf = ({ object, version }: Pick<Located, 'object' | 'version'>) => versionId(object.ws, object.id, version);
  const byId = await readVersionsById(reader, located.map(idOf), fields);
  return (one) => {
    const version = byId.get(idOf(one));
    if (version === undefined) throw new Error(`there is no version ${idOf(one)}`);
    return version;
  };
}

/** Infos of versions that were reached, in their order; null stays null. */
export async function infosOf<R extends Named & Pick<Located, 'object' | 'version'>>(
  reader: Reader,
  people: People,
  reached: readonly (R | null)[],
  withMeta: boolean,
): Promise<(ObjectInfo | null)[]> {
  const there = reached.flatMap((r) => r ?? []);
  const versionOf = await readVersions(reader, there, withMeta ? describedFields : infoFields);
  const nameOf = await people.names(there.map((r) => versionOf(r).savedBy));
  return reached.map((r) => (r === null ? null : objectInfo(r, versionOf(r), nameOf, withMeta)));
}

/**
 * What there is to say of objects, without their data.
 *
 * @throws what wantedOf and follow throw; with `ignoreErrors` an object that cannot be shown is null instead
 */
export async function getObjectInfo(
  reader: Reader,
  people: People,
  readership: Readership,
  { objects, infostruct = 0, includeMetadata = 0, ignoreErrors = 0 }: GetObjectInfo['params'],
): Promise<GetObjectInfo['result']> {
  const reached: (Reached | null)[] = await follow(reader, readership, wantedOf(objects), ignoreErrors !== 0);
  const withMeta = includeMetadata !== 0;
  if (infostruct === 0) {
    const infos = await infosOf(reader, people, reached, withMeta);
    return { infos, paths: reached.map((r) => (r === null ? null : [...r.path])) };
  }
  const there = reached.flatMap((r) => r ?? []);
  const versionOf = await readVersions(reader, there, structFields);
  const nameOf = await people.names(there.map((r) => versionOf(r).savedBy));
  return {
    infostructs: reached.map((r) => (r === null ? null : objectInfoStruct(r, versionOf(r), nameOf, withMeta))),
  };
}

/** As {@link getObjectInfo}, of what the deprecated methods want: the tuples alone. @throws what follow throws */
export async function listInfos(
  reader: Reader,
  people: People,
  readership: Readership,
  wanted: readonly Wanted[],
  { includeMetadata = 0, ignoreErrors = 0 }: Omit<GetObjectInfo['params'], 'objects'>,
): Promise<(ObjectInfo | null)[]> {
  const reached = await follow(reader, readership, wanted, ignoreErrors !== 0);
  return infosOf(reader, people, reached, includeMetadata !== 0);
}

/**
 * Every version of an object with its metadata, the oldest first.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted
 */
export async function getObjectHistory(
  reader: Reader,
  people: People,
  who: Authority,
  identity: ObjectIdentity,
): Promise<ObjectInfo[]> {
  const { version: _, ...identifier } = objectIdentifierOf(identity);
  const { permitted } = await locate(reader, who, [identifier]);
  const located = permitted(identifier, reading);
  const { ws, id } = located.object;
  const wanted = { fields: describedFields };
  const found = await reader.parts(versions, { ws: { $eq: ws }, id: { $eq: id } }, wanted, { sort: OLDEST_FIRST });
  const nameOf = await people.names(found.map((v) => v.savedBy));
  return found.map((v) => objectInfo(located, v, nameOf, true));
}

/** The index of versions, from its end. */
const OLDEST_FIRST = { ws: -1, id: -1, version: 1 } as const;
