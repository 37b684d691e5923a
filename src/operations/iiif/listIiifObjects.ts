import { dialects } from '../../base/schemas/generated.ts';
import { listObjects as list } from '../../domain/systems/iiif/list.ts';
import { operation } from '../operation.ts';

export const listIiifObjects = operation({
  summary: 'List the objects of a type with an identifier, in short form, a page at a time.',
  effect: 'read',
  className: 'ListObjectsParams',
  method: {
    name: 'Iiif.list_objects',
    auth: 'optional',
    dialectOnly: true,
    params: dialects.Iiif_list_objects.params,
    result: dialects.Iiif_list_objects.result,
    run: ({ reader }, { base, page, ...named }) => list({ reader, base }, named, page),
  },
});
