import { commands } from '../../base/schemas/generated.ts';
import { updateStaffPermissions as update } from '../../domain/systems/iiif/permissions.ts';
import { operation } from '../operation.ts';

export const updateStaffPermissions = operation({
  summary: 'Add an account of staff to the owners of collections, manifests and what is in them, or remove it.',
  effect: 'write',
  command: {
    name: 'updateStaffPermissions',
    scope: 'iiif',
    ...commands.updateStaffPermissions,
    examples: [
      {
        title: 'Share a collection and all that is below it',
        params: {
          collections: ['https://iiif.example.org/collections/insulin'],
          username: 'cataloguer',
          action: 'ADD',
          recursive: 'deep',
        },
      },
    ],
    run: async ({ tx, authority }, params) => ({ changed: await update(tx, authority, params) }),
  },
});
