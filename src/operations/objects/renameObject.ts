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
    user: 'ignored',
    order: 'paramsFirst',
    takes: 'struct',
    params: commands.renameObject.params,
    result: commands.renameObject.result,
    examples: [{ title: 'By reference', params: { obj: { ref: '1/2' }, new_name: 'ecoli_k12' } }],
  },
  method: {
    name: 'Workspace.rename_object',
    auth: 'required',
    returnsValue: true,
    params: methods.rename_object.params,
    result: methods.rename_object.result,
  },
  run: rename,
});
