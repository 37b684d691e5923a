import type { StewardClient } from '../../client/client.ts';

/* What the browser does with passkeys. The library is loaded when it is needed: few sign-ins need it. */

/** Has a passkey of the caller sign a new challenge. @throws Error if the browser has none, or the user does not want to */
export async function signedByPasskey(client: StewardClient): Promise<string> {
  const { result } = await client.administer.challengePasskey();
  const { startAuthentication } = await import('@simplewebauthn/browser');
  return JSON.stringify(await startAuthentication({ optionsJSON: result.options as never }));
}

/** Has the browser make a passkey. @throws Error if it cannot, or the user does not want to */
export async function madePasskey(options: object): Promise<string> {
  const { startRegistration } = await import('@simplewebauthn/browser');
  return JSON.stringify(await startRegistration({ optionsJSON: options as never }));
}
