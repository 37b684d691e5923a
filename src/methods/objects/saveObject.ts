import { objectMetadata } from '../../objects/metadata.ts';
import { prepareSave } from '../../objects/prepare.ts';
import { laneOfSave, saveObjects } from '../../objects/save.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const saveObject = method({
  name: 'Workspace.save_object',
  summary: 'Save one object into a workspace.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  deprecated: 'save_objects',
  params: methods.save_object.params,
  className: 'SaveObjectParams',
  result: methods.save_object.result,
  tokenParam: 'auth',
  lane: laneOfSave,
  prepare: async ({ database, types, contents, spool, authority }, { workspace, id, type, data, metadata }) => {
    const object = {
      ...(id === undefined ? {} : { name: id }),
      ...(type === undefined ? {} : { type }),
      ...(data === undefined ? {} : { data }),
      ...(metadata === undefined ? {} : { meta: metadata }),
    };
    const where = workspace === undefined ? {} : { workspace };
    const room = { reader: database, types, contents, spool, now: new Date(), dryRun: false };
    return prepareSave(room, authority, { ...where, objects: [object] });
  },
  run: async ({ tx, authority }, prepared) => {
    const [info] = await saveObjects(tx, authority, prepared);
    if (info === undefined) throw new Error('an object was saved, and has no info');
    return objectMetadata(info);
  },
});
