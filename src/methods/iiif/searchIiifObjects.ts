import { searchObjects as search } from '../../iiif/search.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const searchIiifObjects = method({
  name: 'Iiif.search',
  summary: 'The objects of a type that an account of staff owns, in their short forms.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_search.params,
  className: 'SearchObjectsParams',
  result: dialects.Iiif_search.result,
  run: ({ database }, { type, query }) => search(database, type, query),
});
