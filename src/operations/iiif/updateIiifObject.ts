import { commands, dialects } from '../../base/schemas/generated.ts';
import { updateObject } from '../../domain/systems/iiif/save.ts';
import { operation } from '../operation.ts';

export const updateIiifObject = operation({
  effect: 'write',
  command: {
    name: 'updateIiifObject',
    summary: 'Change a IIIF object, and the parts that are sent with it, as an administrator of staff.',
    scope: 'iiif',
    ...commands.updateIiifObject,
    examples: [
      {
        title: 'A manifest',
        params: {
          base: 'https://iiif.example.org',
          type: 'manifest',
          identifier: 'b1',
          object: { ownedBy: ['cataloguer'] },
        },
      },
    ],
  },
  method: {
    name: 'Iiif.update_object',
    summary: 'Change a IIIF object, and the parts that are sent with it, as an account of staff.',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Iiif_update_object.params,
    className: 'UpdateObjectParams',
    result: dialects.Iiif_update_object.result,
  },
  run: ({ tx, principal, authority }, { base, object, ...address }) =>
    updateObject({ tx, authority, principal, base }, address, object),
});
