import { viewObject } from '../../iiif/view.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getIiifObject = method({
  name: 'Iiif.get_object',
  summary: 'An object of IIIF with what it carries.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_get_object.params,
  className: 'GetObjectParams',
  result: dialects.Iiif_get_object.result,
  run: ({ database }, { base, page, ...address }) => viewObject(database, base, address, page),
});
