import { commands } from '../../base/schemas/generated.ts';
import { renameUser as rename } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const renameUser = operation({
  summary: 'Rename a user; they keep their rights.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'renameUser',
    user: 'target',
    ...commands.renameUser,
    examples: [{ title: 'A new name', user: 'lolcats', params: { newName: 'morelolcats' } }],
    run: ({ tx, rules, actor, user }, { newName }) => rename(tx, { rules, actor }, { user, newName }),
  },
});
