import { asOneUser } from '../../access/genuine.ts';
import { prepareSave } from '../../objects/prepare.ts';
import { laneOfSave, saveObjects as save } from '../../objects/save.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const saveObjects = command({
  name: 'saveObjects',
  summary: 'Save objects into a workspace, as a user.',
  effect: 'write',
  user: 'subject',
  order: 'userFirst',
  takes: 'struct',
  className: 'SaveObjectsParams',
  params: commands.saveObjects.params,
  result: commands.saveObjects.result,
  examples: [
    {
      title: 'One object with its metadata',
      user: 'auser',
      params: {
        workspace: 'auser:genomes',
        objects: [{ type: 'Genomes.Genome-1.0', name: 'ecoli', data: { length: 4_641_652 }, meta: { strain: 'K-12' } }],
      },
    },
  ],
  lane: laneOfSave,
  prepare: async ({ reader, rooms: { types, contents, spool }, now, dryRun, authority }, params) =>
    prepareSave({ reader, types, contents, spool, now, dryRun }, asOneUser(authority), params),
  run: async ({ tx, authority }, prepared) => save(tx, asOneUser(authority), prepared),
});
