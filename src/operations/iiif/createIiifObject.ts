import { commands, dialects } from '../../base/schemas/generated.ts';
import { createObject } from '../../domain/systems/iiif/save.ts';
import { operation } from '../operation.ts';

export const createIiifObject = operation({
  effect: 'write',
  command: {
    name: 'createIiifObject',
    summary: 'Make a IIIF object with all of its parts, as an administrator of staff.',
    scope: 'iiif',
    ...commands.createIiifObject,
    examples: [
      {
        title: 'A manifest',
        params: { base: 'https://iiif.example.org', type: 'manifest', identifier: 'b1', object: { label: 'Book 1' } },
      },
    ],
  },
  method: {
    name: 'Iiif.create_object',
    summary: 'Make a IIIF object with all of its parts, as an account of staff.',
    auth: 'required',
    dialectOnly: true,
    params: dialects.Iiif_create_object.params,
    className: 'CreateObjectParams',
    result: dialects.Iiif_create_object.result,
  },
  run: ({ tx, principal, authority }, { base, object, ...address }) =>
    createObject({ tx, authority, principal, base }, address, object),
});
