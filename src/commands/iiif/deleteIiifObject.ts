import { deleteObject } from '../../iiif/remove.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const deleteIiifObject = command({
  name: 'deleteIiifObject',
  summary: 'Delete an object of IIIF with all that it carries, as an administrator of staff.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  scope: 'iiif',
  params: commands.deleteIiifObject.params,
  result: commands.deleteIiifObject.result,
  examples: [{ title: 'A manifest', params: { base: 'https://iiif.example.org', type: 'manifest', identifier: 'b1' } }],
  run: async ({ tx, authority }, { base: _, ...address }) => {
    await deleteObject(tx, authority, address);
    return null;
  },
});
