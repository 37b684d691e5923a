import { commands } from '../../base/schemas/generated.ts';
import { addPasskey } from '../../identity/passkeys.ts';
import { preparedCommand } from '../operation.ts';
import { passkeyShown } from './shown.ts';

export const confirmPasskey = preparedCommand({
  summary: 'Add the passkey that a browser has made.',
  effect: 'write',
  needs: ['proofs'],
  command: {
    name: 'confirmPasskey',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.confirmPasskey,
    examples: [{ title: 'With what a browser has made', params: { name: 'Laptop', answer: '{…}' } }],
  },
  prepare: async ({ proofs, holder }, { name, answer }) => ({
    name,
    ...(await proofs.checkNewPasskey(holder, answer)),
  }),
  run: async ({ tx, holder }, made) => passkeyShown(await addPasskey(tx, holder.principal._id, made)),
});
