import { renderUnicodeCompact } from 'uqr';
import { commands } from '../../base/schemas/generated.ts';
import { beginEnrolment } from '../../identity/totp.ts';
import { preparedCommand } from '../operation.ts';

export const enrolTotp = preparedCommand({
  summary: 'Begin to set up an authenticator app (TOTP), in place of the one that you may have.',
  effect: 'write',
  needs: ['proofs'],
  command: {
    name: 'enrolTotp',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.enrolTotp,
    examples: [
      { title: 'With a token of a new sign-in', params: { proof: { token: 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln' } } },
    ],
  },
  prepare: async ({ proofs, holder }, { proof }) => proofs.checkAlone(holder, proof),
  run: async ({ tx, holder }, { use }) => {
    await use(tx);
    const { secret, uri, until } = await beginEnrolment(tx, holder.principal);
    return { secret, uri, qrCode: renderUnicodeCompact(uri), confirmBefore: until.toISOString() };
  },
});
