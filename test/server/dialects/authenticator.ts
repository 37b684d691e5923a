import { originOf } from '../../support/house.ts';
import { codeOf } from '../../support/proofs.ts';
import type { Portal } from './portal.ts';

/** Sets an authenticator app up for a local account: what shows its code, and a recovery code. */
export async function withApp(
  portal: Portal,
  name: string,
  password: string,
): Promise<{ readonly code: () => string; readonly recoveryCode: string | undefined }> {
  const method = portal.gate.method('Session.sign_in');
  if (method === undefined) throw new Error('there is no way to sign in');
  const call = { caller: undefined, params: [{ name, password }], origin: originOf('nobody') };
  const { token } = (await portal.gate.call(method, call)).result as { token: string };
  await portal.run('addAdmin', {}, name);
  const administer = async (command: string, proof: object) =>
    (await portal.administer({ token }, { command, params: { proof } })).result;
  const { secret } = (await administer('enrolTotp', { password })) as { secret: string };
  const { recoveryCodes } = (await administer('confirmTotp', { totp: codeOf(secret) })) as { recoveryCodes: string[] };
  // The present code was used to confirm the app; the next one is accepted already.
  return { code: () => codeOf(secret, new Date(Date.now() + 30_000)), recoveryCode: recoveryCodes[0] };
}
