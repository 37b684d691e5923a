import { refuse } from '../../base/errors.ts';
import type { ObjectInfo, RenameObject } from '../../base/schemas/generated.ts';
import type { Reader } from '../../store/collection.ts';
import type { WriteContext } from '../access/context.ts';
import { changeInWorkspace, locateForChange } from './change.ts';
import { objectIdentifierOf } from './identify.ts';
import { infosOf } from './info.ts';
import { assertObjectName } from './names.ts';
import { objects } from './object.ts';

/**
 * Renames an object.
 *
 * @throws object_not_named, object_name_invalid, object_name_taken, reference_invalid, workspace_not_named,
 *   workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing,
 *   object_deleted
 */
export async function renameObject(
  { tx, people, authority }: WriteContext,
  { obj, new_name: name }: RenameObject['params'],
): Promise<ObjectInfo> {
  const identifier = objectIdentifierOf(obj);
  assertObjectName(name);
  const [located] = await locateForChange({ tx, authority }, [identifier], { verb: 'rename objects in' });
  if (located === undefined) throw new Error('an object was located and is missing');
  const { object } = located;
  if (object.name === name) throw refuse('object_name_taken', `Object is already named ${name}`);
  await assertUntaken(tx, object.ws, name);
  await changeInWorkspace(tx, [located], () => ({ ...object, name }));
  const [info] = await infosOf({ reader: tx, people }, [{ ...located, object: { ...object, name } }], false);
  if (!info) throw new Error('an object without an info');
  return info;
}

async function assertUntaken(reader: Reader, ws: number, name: string): Promise<void> {
  const holders = await reader.parts(objects, { ws: { $eq: ws }, name: { $eq: name } }, { fields: [] });
  if (holders.length === 0) return;
  throw refuse('object_name_taken', `There is already an object in the workspace named ${name}`);
}
