import { createObject as create } from '../../iiif/save.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const createIiifObject = method({
  name: 'Iiif.create_object',
  summary: 'Make an object of IIIF with all that it carries, as an account of staff.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_create_object.params,
  className: 'CreateObjectParams',
  result: dialects.Iiif_create_object.result,
  run: async ({ tx, caller, authority }, { base, object, ...address }) =>
    create(tx, { who: authority, maker: caller, base }, address, object),
});
