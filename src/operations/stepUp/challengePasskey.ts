import { commands } from '../../base/schemas/generated.ts';
import { keepChallenge } from '../../identity/passkeys.ts';
import { preparedCommand } from '../operation.ts';

export const challengePasskey = preparedCommand({
  summary: 'Get what a passkey of yours is to sign, to prove your identity with it.',
  effect: 'write',
  needs: ['proofs'],
  command: {
    name: 'challengePasskey',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.challengePasskey,
    examples: [{ title: 'Before openTicket, in a browser' }],
  },
  prepare: async ({ proofs, holder }) => proofs.passkeyOptions(holder),
  run: async ({ tx, holder }, options) => {
    const { challenge } = options;
    const until = await keepChallenge(tx, holder.principal._id, { purpose: 'challenge', challenge });
    return { options: { ...options }, until: until.toISOString() };
  },
});
