import { searchObjects as search } from '../../iiif/search.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const searchObjects = method({
  name: 'Iiif.search',
  summary: 'The objects of a type that an account of staff owns, in their short forms.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: methods.iiif_search.params,
  className: 'SearchObjectsParams',
  run: ({ database }, { type, query }) => search(database, type, query),
});
