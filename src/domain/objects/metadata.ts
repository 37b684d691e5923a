import { defined } from '../../base/defined.ts';
import type { RawJson } from '../../base/json/rawJson.ts';
import type {
  GetObjectmetaMethod,
  ListWorkspaceObjectsMethod,
  ObjectInfo,
  ObjectMetadata,
} from '../../base/schemas/generated.ts';
import type { ReadContext } from '../access/context.ts';
import { type DataContext, dataOf } from './data.ts';
import { objectIdentifierOf } from './identify.ts';
import { listInfos } from './info.ts';
import { listObjects } from './list.ts';
import { requestFor } from './specification.ts';

/** An object as the deprecated methods name it. */
type Named = Omit<GetObjectmetaMethod['params'], 'auth'>;

/** The tuple of the deprecated methods. */
export function objectMetadata(info: ObjectInfo): ObjectMetadata {
  const [id, name, type, saved, version, savedBy, , workspace, checksum, , meta] = info;
  return [name, type, saved, version, '', savedBy, savedBy, workspace, '', checksum, meta, id];
}

const requestOf = ({ id, workspace, instance }: Named) =>
  requestFor(objectIdentifierOf(defined({ workspace, name: id, ver: instance })));

/** @throws what objectIdentifierOf and follow throw */
export async function getObjectMetadata(context: ReadContext, named: Named): Promise<ObjectMetadata> {
  return objectMetadata(first(await listInfos(context, [requestOf(named)], { includeMetadata: 1 })));
}

/** @throws what objectIdentifierOf and dataOf throw */
export async function getObjectWithMetadata(
  context: DataContext,
  named: Named,
): Promise<{ readonly data: RawJson | undefined; readonly metadata: ObjectMetadata }> {
  const { data, info } = first(await dataOf(context, [requestOf(named)], { withData: true }));
  return { data, metadata: objectMetadata(first([info])) };
}

/** @throws what listObjects throws */
export async function listWorkspaceObjects(
  { reader, people, authority }: ReadContext,
  { workspace, type, showDeletedObject = 0 }: Omit<ListWorkspaceObjectsMethod['params'], 'auth'>,
): Promise<ObjectMetadata[]> {
  const infos = await listObjects(
    { reader, people, authority },
    {
      workspaces: [workspace ?? null],
      ...defined({ type }),
      showDeleted: showDeletedObject,
      includeMetadata: 1,
    },
  );
  return infos.map(objectMetadata);
}

function first<T>([item]: readonly (T | null | undefined)[]): T {
  if (item === null || item === undefined) throw new Error('an object has no info');
  return item;
}
