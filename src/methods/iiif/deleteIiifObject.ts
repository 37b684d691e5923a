import { deleteObject as remove } from '../../iiif/remove.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const deleteIiifObject = method({
  name: 'Iiif.delete_object',
  summary: 'Delete an object of IIIF with all that it carries, as an account of staff.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_delete_object.params,
  className: 'DeleteObjectParams',
  result: dialects.Iiif_delete_object.result,
  run: async ({ tx, authority }, { base: _, ...address }) => {
    await remove(tx, authority, address);
    return null;
  },
});
