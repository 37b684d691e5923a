import { commands, methods } from '../../base/schemas/generated.ts';
import { renameObject as rename } from '../../domain/objects/rename.ts';
import { operation } from '../operation.ts';

export const renameObject = operation({
  summary: 'Rename an object.',
  effect: 'write',
  className: 'RenameObjectParams',
  needs: ['people'],
  command: {
    name: 'renameObject',
    takes: 'struct',
    ...commands.renameObject,
    examples: [{ title: 'By reference', params: { obj: { ref: '1/2' }, new_name: 'ecoli_k12' } }],
  },
  method: {
    name: 'Workspace.rename_object',
    auth: 'required',
    ...methods.rename_object,
  },
  run: rename,
});
