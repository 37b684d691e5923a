import { dialects } from '../../base/schemas/generated.ts';
import { viewObject } from '../../domain/systems/iiif/view.ts';
import { operation } from '../operation.ts';

export const getIiifObject = operation({
  summary: 'Show a IIIF object with its parts.',
  effect: 'read',
  className: 'GetObjectParams',
  method: {
    name: 'Iiif.get_object',
    auth: 'optional',
    dialectOnly: true,
    params: dialects.Iiif_get_object.params,
    result: dialects.Iiif_get_object.result,
    run: ({ reader }, { base, page, ...address }) => viewObject({ reader, base }, address, page),
  },
});
