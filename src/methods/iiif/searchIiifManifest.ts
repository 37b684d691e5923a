import { searchManifest } from '../../iiif/searchManifest.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const searchIiifManifest = method({
  name: 'Iiif.search_manifest',
  summary: 'The annotations of a manifest whose text holds any of some words, as a list of annotations.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  dialectOnly: true,
  params: dialects.Iiif_search_manifest.params,
  className: 'SearchManifestParams',
  result: dialects.Iiif_search_manifest.result,
  run: ({ database }, { base, ...question }) => searchManifest({ reader: database, base }, question),
});
