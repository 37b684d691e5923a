import { commands } from '../../base/schemas/generated.ts';
import { renewRecoveryCodes } from '../../identity/totp.ts';
import { preparedCommand } from '../operation.ts';

export const regenerateRecoveryCodes = preparedCommand({
  summary: 'Replace the recovery codes of your authenticator app by new ones.',
  effect: 'write',
  needs: ['proofs', 'digestOf'],
  command: {
    name: 'regenerateRecoveryCodes',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.regenerateRecoveryCodes,
    examples: [{ title: 'With the code that the app shows', params: { proof: { totp: '492039' } } }],
  },
  prepare: async ({ proofs, holder }, { proof }) => proofs.checkAlone(holder, proof),
  run: async ({ tx, holder, digestOf }, { use }) => {
    await use(tx);
    return { recoveryCodes: [...(await renewRecoveryCodes(tx, holder.principal._id, digestOf))] };
  },
});
