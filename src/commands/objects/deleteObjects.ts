import { deleteObjects as remove } from '../../objects/remove.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const deleteObjects = command({
  name: 'deleteObjects',
  summary: 'Delete objects with all of their versions; undeleteObjects brings them back.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'DeleteObjectsParams',
  params: commands.deleteObjects.params,
  result: commands.deleteObjects.result,
  examples: [{ title: 'By reference', params: { objects: [{ ref: '1/2' }] } }],
  run: async ({ tx, authority }, { objects }) => {
    await remove(tx, authority, objects);
    return null;
  },
});
