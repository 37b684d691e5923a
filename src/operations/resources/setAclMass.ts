import { commands } from '../../base/schemas/generated.ts';
import { setAclMass as set } from '../../domain/access/setAclMass.ts';
import { operation } from '../operation.ts';

export const setAclMass = operation({
  summary: 'Set who may do what with many resources: with all of them or, on request, with those that can be changed.',
  effect: 'write',
  command: {
    name: 'setAclMass',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.setAclMass,
    examples: [
      {
        title: 'Close two to everybody',
        params: {
          resources: [
            { type: 'block', externalId: 'B1' },
            { type: 'block', externalId: 'B2' },
          ],
          visibility: 'private',
        },
      },
    ],
    run: async ({ tx, authority }, params) => set(tx, authority, params),
  },
});
