import { commands } from '../../base/schemas/generated.ts';
import { removePasskey as remove } from '../../identity/passkeys.ts';
import { preparedCommand } from '../operation.ts';

export const removePasskey = preparedCommand({
  summary: 'Remove one of your passkeys.',
  effect: 'write',
  needs: ['proofs'],
  command: {
    name: 'removePasskey',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.removePasskey,
    examples: [
      { title: 'A lost key', params: { passkey: 'pZ0nWw2Qk7xI', proof: { recoveryCode: '0b4c1-9f27e-55d10-a3c8e' } } },
    ],
  },
  prepare: async ({ proofs, holder }, { passkey, proof }) => ({
    passkey,
    use: (await proofs.checkAlone(holder, proof)).use,
  }),
  run: async ({ tx, holder }, { passkey, use }) => {
    await use(tx);
    await remove(tx, holder.principal._id, passkey);
    return null;
  },
});
