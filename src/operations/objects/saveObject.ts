import { defined } from '../../base/defined.ts';
import { methods } from '../../base/schemas/generated.ts';
import { objectMetadata } from '../../domain/objects/metadata.ts';
import { prepareSave } from '../../domain/objects/prepare.ts';
import { laneOfSave, saveObjects } from '../../domain/objects/save.ts';
import { asUser } from '../../identity/genuineAuthority.ts';
import { operation } from '../operation.ts';

export const saveObject = operation({
  summary: 'Save one object into a workspace.',
  effect: 'write',
  long: true,
  className: 'SaveObjectParams',
  lane: laneOfSave,
  needs: ['types', 'contents', 'spool'],
  method: {
    name: 'Workspace.save_object',
    auth: 'required',
    deprecated: 'save_objects',
    ...methods.save_object,
    tokenParam: 'auth',
  },
  prepare: async (
    { reader, types, contents, spool, now, dryRun, authority },
    { workspace, id, type, data, metadata },
  ) => {
    const object = {
      ...defined({ name: id, type, data, meta: metadata }),
    };
    const where = workspace === undefined ? {} : { workspace };
    const room = { reader, types, contents, spool, now, dryRun };
    return prepareSave(room, asUser(authority), { ...where, objects: [object] });
  },
  run: async ({ tx, authority }, prepared) => {
    const [info] = await saveObjects(tx, asUser(authority), prepared);
    if (info === undefined) throw new Error('an object was saved, and has no info');
    return objectMetadata(info);
  },
});
