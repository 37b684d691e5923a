import { commands } from '../../base/schemas/generated.ts';
import { confirmEnrolment } from '../../identity/totp.ts';
import { preparedCommand } from '../operation.ts';

export const confirmTotp = preparedCommand({
  summary: 'Confirm an authenticator app with its first code, and get recovery codes.',
  effect: 'write',
  needs: ['proofs', 'digestOf'],
  command: {
    name: 'confirmTotp',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.confirmTotp,
    examples: [{ title: 'With the code that the app shows', params: { proof: { totp: '492039' } } }],
  },
  prepare: async ({ proofs, holder }, { proof }) => proofs.checkPending(holder, proof),
  run: async ({ tx, holder, digestOf }, code) => {
    const codes = await confirmEnrolment(tx, { principal: holder.principal._id, code, digestOf });
    return { recoveryCodes: [...codes] };
  },
});
