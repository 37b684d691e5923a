import { searchObjects as search } from '../../iiif/search.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const searchIiifObjects = method({
  name: 'Iiif.search',
  summary: 'Objects of a type by owner or label, in their short forms, a page at a time.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_search.params,
  className: 'SearchObjectsParams',
  result: dialects.Iiif_search.result,
  run: ({ database }, { base, type, query }) => search(database, base, type, query),
});
