import { commands } from '../../base/schemas/generated.ts';
import { forgetTotpOf } from '../../identity/totp.ts';
import { preparedCommand } from '../operation.ts';

export const removeTotp = preparedCommand({
  summary: 'Remove your authenticator app and its recovery codes.',
  effect: 'write',
  needs: ['proofs'],
  command: {
    name: 'removeTotp',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.removeTotp,
    examples: [{ title: 'With a recovery code', params: { proof: { recoveryCode: '0b4c1-9f27e-55d10-a3c8e' } } }],
  },
  prepare: async ({ proofs, holder }, { proof }) => proofs.checkAlone(holder, proof),
  run: async ({ tx, holder }, { use }) => {
    await use(tx);
    await forgetTotpOf(tx, holder.principal._id);
    return null;
  },
});
