import { updateObject as update } from '../../iiif/save.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const updateIiifObject = method({
  name: 'Iiif.update_object',
  summary: 'Change an object of IIIF, and what is sent with it, as an account of staff.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_update_object.params,
  className: 'UpdateObjectParams',
  result: dialects.Iiif_update_object.result,
  run: async ({ tx, caller, authority }, { base, object, ...address }) =>
    update(tx, { who: authority, maker: caller, base }, address, object),
});
