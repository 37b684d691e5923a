import { listObjects as list } from '../../iiif/list.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listIiifObjects = method({
  name: 'Iiif.list_objects',
  summary: 'The objects of a type that have an identifier, in their short forms, a page at a time.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_list_objects.params,
  className: 'ListObjectsParams',
  result: dialects.Iiif_list_objects.result,
  run: ({ database }, { base, page, ...named }) => list(database, base, named, page),
});
