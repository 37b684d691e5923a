import { asUser } from '../../access/actingAs.ts';
import { prepareSave } from '../../objects/prepare.ts';
import { laneOfSave, saveObjects as save } from '../../objects/save.ts';
import { commands } from '../../schemas/generated.ts';
import { command, required } from '../command.ts';

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
  prepare: async ({ rooms: { people, contents }, reader, subject, now, dryRun }, params) =>
    prepareSave({ reader, contents, now, dryRun }, await asUser(people, required(subject)), params),
  run: async ({ tx, rooms, subject }, prepared) => save(tx, await asUser(rooms.people, required(subject)), prepared),
});
