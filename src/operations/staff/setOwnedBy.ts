import { commands } from '../../base/schemas/generated.ts';
import { setOwnedBy as set } from '../../domain/systems/iiif/owners.ts';
import { operation } from '../operation.ts';

export const setOwnedBy = operation({
  summary: 'Make these accounts of staff the only owners of a IIIF object.',
  effect: 'write',
  command: {
    name: 'setOwnedBy',
    scope: 'iiif',
    ...commands.setOwnedBy,
    examples: [
      {
        title: 'For administrators only',
        params: { type: 'manifest', object: 'https://iiif.example.org/b1/manifest', ownedBy: [] },
      },
    ],
    run: async ({ tx, authority }, params) => {
      await set(tx, authority, params);
      return null;
    },
  },
});
