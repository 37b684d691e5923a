import { hash, randomBytes } from 'node:crypto';
import {
  type AuthenticationResponseJSON,
  type AuthenticatorTransportFuture,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import { isObject } from '../base/json/isObject.ts';
import type { Passkey } from './passkeys.ts';
import type { Principal } from './principal.ts';

/** The relying party of WebAuthn: the domain that passkeys belong to, and the pages that may use them. */
export interface RelyingParty {
  readonly id: string;
  readonly origins: readonly string[];
}

/** What a browser makes a passkey from, or has one sign: with the challenge, in base64url. */
export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON;

const TRANSPORTS: readonly string[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];

/**
 * Checks what browsers and authenticators say about passkeys. The user must be verified by the authenticator, with a finger
 * or a PIN: who finds a key on a table proves nothing.
 */
export class WebAuthn {
  readonly #party: RelyingParty | undefined;

  /** @param party none if passkeys are not configured */
  constructor(party: RelyingParty | undefined) {
    this.#party = party;
  }

  get isConfigured(): boolean {
    return this.#party !== undefined;
  }

  /** What a new passkey of this user is made from. @throws passkeys_not_configured */
  async creationOptions({ _id, username }: Principal, present: readonly Passkey[]): Promise<CreationOptions> {
    const { id: rpID } = this.#configured();
    return generateRegistrationOptions({
      rpName: 'Steward',
      rpID,
      userName: username,
      // Authenticators keep it in the clear, so that it must not be an id that says who it is.
      userID: new Uint8Array(hash('sha256', `passkey ${_id}`, 'buffer')),
      challenge: newChallenge(),
      attestationType: 'none',
      excludeCredentials: present.map(descriptorOf),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    });
  }

  /**
   * Checks the answer of an authenticator that has made a passkey.
   *
   * @returns the passkey, without a name
   * @throws passkeys_not_configured, passkey_refused
   */
  async created(answer: string, challenge: string): Promise<Omit<Passkey, 'name' | 'addedAt'>> {
    const { id, origins } = this.#configured();
    const { registrationInfo } = await attempt('passkey_refused', () =>
      verifyRegistrationResponse({
        response: answerIn(answer) as unknown as RegistrationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: [...origins],
        expectedRPID: id,
        requireUserVerification: true,
      }),
    );
    if (registrationInfo === undefined) throw refuse('passkey_refused', 'it was not verified');
    const { credential } = registrationInfo;
    const transports = credential.transports?.filter((name) => TRANSPORTS.includes(name));
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      ...defined({ transports }),
    };
  }

  /** What one of these passkeys is to sign. @throws passkeys_not_configured */
  async requestOptions(present: readonly Passkey[]): Promise<RequestOptions> {
    return generateAuthenticationOptions({
      rpID: this.#configured().id,
      challenge: newChallenge(),
      allowCredentials: present.map(descriptorOf),
      userVerification: 'required',
    });
  }

  /**
   * Checks what one of these passkeys has signed. A count that does not rise shows that there are two of the same passkey.
   *
   * @returns the passkey's id and its new count
   * @throws passkeys_not_configured, proof_refused
   */
  async signed(
    answer: string,
    { challenge, present }: { readonly challenge: string; readonly present: readonly Passkey[] },
  ): Promise<{ readonly id: string; readonly counter: number }> {
    const { id: rpId, origins } = this.#configured();
    const response = await attempt('proof_refused', async () => answerIn(answer));
    const key = present.find(({ id }) => id === response.id);
    if (key === undefined) throw refuse('proof_refused', 'it is of no passkey of yours');
    const { verified, authenticationInfo } = await attempt('proof_refused', () =>
      verifyAuthenticationResponse({
        response: response as unknown as AuthenticationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: [...origins],
        expectedRPID: rpId,
        credential: {
          id: key.id,
          publicKey: new Uint8Array(Buffer.from(key.publicKey, 'base64url')),
          counter: key.counter,
        },
        requireUserVerification: true,
      }),
    );
    if (!verified) throw refuse('proof_refused', 'the signature of the passkey is wrong');
    return { id: key.id, counter: authenticationInfo.newCounter };
  }

  #configured(): RelyingParty {
    if (this.#party === undefined) throw refuse('passkeys_not_configured');
    return this.#party;
  }
}

const newChallenge = () => new Uint8Array(randomBytes(32));

const descriptorOf = ({ id, transports }: Passkey) => ({
  id,
  ...defined({ transports: transports && ([...transports] as AuthenticatorTransportFuture[]) }),
});

/** The answer of an authenticator, which browsers give as JSON. @throws Error */
function answerIn(text: string): { readonly id: unknown } {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('it is not the JSON of an answer');
  return value as { readonly id: unknown };
}

/** Whatever the library finds wrong is a refusal, with one line of ours in place of its message. */
async function attempt<T>(reason: 'passkey_refused' | 'proof_refused', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refuse(reason, problemIn(error));
  }
}

/** The library's messages may have parts of the answer in them. */
function problemIn(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (/challenge/i.test(text)) return 'the answer of the passkey is to another challenge';
  if (/origin/i.test(text)) return 'the answer of the passkey is from a page of another origin';
  if (/RP ID/i.test(text)) return 'the passkey is of another domain';
  if (/counter/i.test(text)) return 'the passkey has counted less than before: there may be a copy of it';
  if (/user/i.test(text)) return 'the authenticator has not verified its user';
  return 'it is not the answer of a passkey';
}
