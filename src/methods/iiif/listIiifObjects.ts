import { listObjects as list } from '../../iiif/view.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listIiifObjects = method({
  name: 'Iiif.list_objects',
  summary: 'The objects of a type that have an identifier, in their short forms.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_list_objects.params,
  className: 'ListObjectsParams',
  result: dialects.Iiif_list_objects.result,
  run: ({ database }, { base, type, identifier }) => list(database, base, type, identifier),
});
