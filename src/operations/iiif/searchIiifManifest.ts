import { dialects } from '../../base/schemas/generated.ts';
import { searchManifest } from '../../domain/systems/iiif/searchManifest.ts';
import { operation } from '../operation.ts';

export const searchIiifManifest = operation({
  summary: 'Search the annotations of a manifest for words in their text.',
  effect: 'read',
  className: 'SearchManifestParams',
  method: {
    name: 'Iiif.search_manifest',
    auth: 'optional',
    dialectOnly: true,
    params: dialects.Iiif_search_manifest.params,
    result: dialects.Iiif_search_manifest.result,
    run: ({ reader }, { base, ...question }) => searchManifest({ reader, base }, question),
  },
});
