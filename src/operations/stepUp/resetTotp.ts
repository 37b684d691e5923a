import { commands } from '../../base/schemas/generated.ts';
import { viewOf } from '../../identity/directory.ts';
import { resetTotp as reset } from '../../identity/resetTotp.ts';
import { operation } from '../operation.ts';

export const resetTotp = operation({
  summary: 'Remove the authenticator app and the passkeys of a user who has lost them.',
  effect: 'write',
  needs: ['rules'],
  command: {
    name: 'resetTotp',
    notRevertible: 'credentials are never reverted',
    user: 'target',
    reserved: true,
    ...commands.resetTotp,
    examples: [{ title: 'A lost telephone', user: 'lolcats' }],
    run: async ({ tx, rules, actor, user }) => viewOf(await reset(tx, { rules, actor }, user)),
  },
});
