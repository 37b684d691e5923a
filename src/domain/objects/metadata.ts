import type { RawJson } from '../../base/json/rawJson.ts';
import type {
  GetObjectmetaMethod,
  ListWorkspaceObjectsMethod,
  ObjectIdentity,
  ObjectInfo,
  ObjectMetadata,
} from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import type { Reader } from '../../store/collection.ts';
import { type DataSource, dataOf } from './data.ts';
import { objectIdentifierOf } from './identify.ts';
import { listInfos } from './info.ts';
import { listObjects } from './list.ts';
import { wantedAlone } from './specification.ts';

/** An object as the deprecated methods name it. */
type Named = Omit<GetObjectmetaMethod['params'], 'auth'>;

/** The tuple of the deprecated methods. */
export function objectMetadata(info: ObjectInfo): ObjectMetadata {
  const [id, name, type, saved, version, savedBy, , workspace, checksum, , meta] = info;
  return [name, type, saved, version, '', savedBy, savedBy, workspace, '', checksum, meta, id];
}

function identityOf({ id, workspace, instance }: Named): ObjectIdentity {
  return {
    ...(workspace === undefined ? {} : { workspace }),
    ...(id === undefined ? {} : { name: id }),
    ...(instance === undefined ? {} : { ver: instance }),
  };
}

/** @throws what objectIdentifierOf and follow throw */
export async function getObjectMetadata(
  reader: Reader,
  people: People,
  who: Authority,
  named: Named,
): Promise<ObjectMetadata> {
  const wanted = wantedAlone(objectIdentifierOf(identityOf(named)));
  const infos = await listInfos(reader, people, { who }, [wanted], { includeMetadata: 1 });
  return objectMetadata(first(infos));
}

/** @throws what objectIdentifierOf and dataOf throw */
export async function getObjectWithMetadata(
  source: DataSource,
  named: Named,
): Promise<{ readonly data: RawJson | undefined; readonly metadata: ObjectMetadata }> {
  const wanted = wantedAlone(objectIdentifierOf(identityOf(named)));
  const { data, info } = first(await dataOf(source, [wanted], { withData: true }));
  return { data, metadata: objectMetadata(first([info])) };
}

/** @throws what listObjects throws */
export async function listWorkspaceObjects(
  reader: Reader,
  people: People,
  who: Authority,
  { workspace, type, showDeletedObject = 0 }: Omit<ListWorkspaceObjectsMethod['params'], 'auth'>,
): Promise<ObjectMetadata[]> {
  const infos = await listObjects(reader, people, who, {
    workspaces: [workspace ?? null],
    ...(type === undefined ? {} : { type }),
    showDeleted: showDeletedObject,
    includeMetadata: 1,
  });
  return infos.map(objectMetadata);
}

function first<T>([item]: readonly (T | null | undefined)[]): T {
  if (item === null || item === undefined) throw new Error('an object was there, and has no info');
  return item;
}
