import { listObjects as list } from '../../iiif/view.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listObjects = method({
  name: 'Iiif.list_objects',
  summary: 'The objects of a type that have an identifier, in their short forms.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: methods.iiif_list_objects.params,
  className: 'ListObjectsParams',
  run: ({ database }, { base, type, identifier }) => list(database, base, type, identifier),
});
