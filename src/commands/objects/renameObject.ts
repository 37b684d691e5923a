import { renameObject as rename } from '../../objects/rename.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const renameObject = command({
  name: 'renameObject',
  summary: 'Give an object another name.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'RenameObjectParams',
  params: commands.renameObject.params,
  result: commands.renameObject.result,
  examples: [{ title: 'By reference', params: { obj: { ref: '1/2' }, new_name: 'ecoli_k12' } }],
  run: ({ tx, rooms, authority }, params) => rename(tx, rooms.people, authority, params),
});
