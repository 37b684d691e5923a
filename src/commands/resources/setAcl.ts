import { setAcl as set } from '../../access/setAcl.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const setAcl = command({
  name: 'setAcl',
  summary: 'Set who may do what with a resource and, on request, with everything below it.',
  effect: 'write',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'closed',
  params: commands.setAcl.params,
  result: commands.setAcl.result,
  examples: [
    {
      title: 'Let a role read a whole branch',
      params: {
        type: 'section',
        externalId: 'H5B1',
        mode: 'merge',
        cascade: true,
        grants: [{ accountType: 'ApplicationRole', account: 'curators', level: 'read' }],
      },
    },
  ],
  run: async ({ tx, rooms, authority }, params) => set(tx, rooms.people, authority, params),
});
