import { commands, methods } from '../../base/schemas/generated.ts';
import { prepareSave } from '../../domain/objects/prepare.ts';
import { laneOfSave, saveObjects as save } from '../../domain/objects/save.ts';
import { asUser } from '../../identity/genuineAuthority.ts';
import { operation } from '../operation.ts';

export const saveObjects = operation({
  effect: 'write',
  long: true,
  className: 'SaveObjectsParams',
  lane: laneOfSave,
  needs: ['types', 'contents', 'spool'],
  command: {
    name: 'saveObjects',
    notRevertible: 'saved versions are never removed',
    summary: 'Save objects into a workspace, as a user.',
    user: 'subject',
    order: 'userFirst',
    takes: 'struct',
    ...commands.saveObjects,
    examples: [
      {
        title: 'One object with its metadata',
        user: 'auser',
        params: {
          workspace: 'auser:genomes',
          objects: [
            { type: 'Genomes.Genome-1.0', name: 'ecoli', data: { length: 4_641_652 }, meta: { strain: 'K-12' } },
          ],
        },
      },
    ],
  },
  method: {
    name: 'Workspace.save_objects',
    summary: 'Save objects into a workspace.',
    auth: 'required',
    ...methods.save_objects,
  },
  prepare: async ({ reader, types, contents, spool, now, dryRun, authority }, params) =>
    prepareSave({ reader, types, contents, spool, now, dryRun }, asUser(authority), params),
  run: async ({ tx, authority }, prepared) => save(tx, asUser(authority), prepared),
});
