import { commands, dialects } from '../../base/schemas/generated.ts';
import { deleteObject } from '../../domain/systems/iiif/remove.ts';
import { operation } from '../operation.ts';

export const deleteIiifObject = operation({
  effect: 'write',
  command: {
    name: 'deleteIiifObject',
    confirm: {},
    summary: 'Delete a IIIF object with all of its parts, as an administrator of staff.',
    scope: 'iiif',
    ...commands.deleteIiifObject,
    examples: [
      { title: 'A manifest', params: { base: 'https://iiif.example.org', type: 'manifest', identifier: 'b1' } },
    ],
  },
  method: {
    name: 'Iiif.delete_object',
    summary: 'Delete a IIIF object with all of its parts, as an account of staff.',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Iiif_delete_object.params,
    className: 'DeleteObjectParams',
    result: dialects.Iiif_delete_object.result,
  },
  run: async ({ tx, authority }, { base: _, ...address }) => {
    await deleteObject(tx, authority, address);
    return null;
  },
});
