import { prepareSave } from '../../objects/prepare.ts';
import { laneOfSave, saveObjects as save } from '../../objects/save.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const saveObjects = method({
  name: 'Workspace.save_objects',
  summary: 'Save objects into a workspace.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  params: methods.save_objects.params,
  className: 'SaveObjectsParams',
  result: methods.save_objects.result,
  lane: laneOfSave,
  prepare: async ({ database, types, contents, spool, authority }, params) => {
    const room = { reader: database, types, contents, spool, now: new Date(), dryRun: false };
    return prepareSave(room, authority, params);
  },
  run: async ({ tx, authority }, prepared) => save(tx, authority, prepared),
});
