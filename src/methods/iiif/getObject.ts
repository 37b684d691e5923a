import { viewObject } from '../../iiif/view.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getObject = method({
  name: 'Iiif.get_object',
  summary: 'An object of IIIF with what it carries.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: methods.iiif_get_object.params,
  className: 'GetObjectParams',
  run: ({ database }, { base, ...address }) => viewObject(database, base, address),
});
