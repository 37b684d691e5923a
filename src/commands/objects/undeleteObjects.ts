import { undeleteObjects as undelete } from '../../objects/remove.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const undeleteObjects = command({
  name: 'undeleteObjects',
  summary: 'Bring deleted objects back.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'UndeleteObjectsParams',
  params: commands.undeleteObjects.params,
  result: commands.undeleteObjects.result,
  examples: [{ title: 'By reference', params: { objects: [{ ref: '1/2' }] } }],
  run: async ({ tx, authority }, { objects }) => {
    await undelete(tx, authority, objects);
    return null;
  },
});
