import { commands } from '../../base/schemas/generated.ts';
import { keepChallenge, passkeysOf } from '../../identity/passkeys.ts';
import { preparedCommand } from '../operation.ts';

export const enrolPasskey = preparedCommand({
  summary: 'Begin to add a passkey, which a browser makes on a device of yours.',
  effect: 'write',
  needs: ['proofs', 'webauthn'],
  command: {
    name: 'enrolPasskey',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.enrolPasskey,
    examples: [{ title: 'With the code of an authenticator app', params: { proof: { totp: '492039' } } }],
  },
  prepare: async ({ proofs, webauthn, holder, reader }, { proof }) => {
    const present = await passkeysOf((from, id) => reader.get(from, id), holder.principal._id);
    const options = await webauthn.creationOptions(holder.principal, present);
    const { use } = await proofs.checkAlone(holder, proof);
    return { options, use };
  },
  run: async ({ tx, holder }, { options, use }) => {
    await use(tx);
    const { challenge } = options;
    const until = await keepChallenge(tx, holder.principal._id, { purpose: 'pending', challenge });
    return { options: { ...options }, confirmBefore: until.toISOString() };
  },
});
