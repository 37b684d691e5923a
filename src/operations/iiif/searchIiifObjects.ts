import { dialects } from '../../base/schemas/generated.ts';
import { searchObjects as search } from '../../domain/systems/iiif/search.ts';
import { operation } from '../operation.ts';

export const searchIiifObjects = operation({
  summary: 'Search the objects of a type by owner, label or other fields, in short form, a page at a time.',
  effect: 'read',
  className: 'SearchObjectsParams',
  method: {
    name: 'Iiif.search',
    auth: 'optional',
    dialectOnly: true,
    params: dialects.Iiif_search.params,
    result: dialects.Iiif_search.result,
    run: ({ reader }, { base, type, query }) => search({ reader, base }, type, query),
  },
});
