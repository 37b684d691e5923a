import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** An authenticator in software: makes passkeys (ES256, without attestation) and signs with them, as a browser would. */
export interface SoftAuthenticator {
  /** The answer to the options of enrolPasskey, as JSON. */
  create(options: object, more?: AnswerOptions): string;
  /** The answer to the options of challengePasskey, as JSON. */
  get(options: object, more?: AnswerOptions): string;
  /** How often it says that it has signed. */
  counter: number;
}

export interface AnswerOptions {
  readonly origin?: string;
  readonly rpId?: string;
  /** Whether the user was verified with a finger or a PIN. */
  readonly isVerified?: boolean;
  /** Signed in place of the challenge in the options. */
  readonly challenge?: string;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_KEY = 0x40;

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

export function softAuthenticator(origin: string, rpId: string): SoftAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const clientData = (type: string, options: object, more: AnswerOptions) =>
    Buffer.from(
      JSON.stringify({
        type,
        challenge: more.challenge ?? (options as { challenge: string }).challenge,
        origin: more.origin ?? origin,
        crossOrigin: false,
      }),
    );
  const self: SoftAuthenticator = {
    counter: 1,
    create: (options, more = {}) => {
      const authData = Buffer.concat([head(self.counter, HAS_KEY, more), keyData(id, publicKey)]);
      const attestation = isoCBOR.encode(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', new Uint8Array(authData)],
        ]) as never,
      );
      const clientDataJSON = clientData('webauthn.create', options, more).toString('base64url');
      const response = { clientDataJSON, attestationObject: Buffer.from(attestation).toString('base64url') };
      return answer({ ...response, transports: ['internal'] });
    },
    get: (options, more = {}) => {
      self.counter += 1;
      const authData = head(self.counter, 0, more);
      const data = clientData('webauthn.get', options, more);
      const signature = sign('sha256', Buffer.concat([authData, sha256(data)]), privateKey);
      return answer({
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
      });
    },
  };
  const answer = (response: object) => {
    const text = id.toString('base64url');
    return JSON.stringify({ id: text, rawId: text, type: 'public-key', clientExtensionResults: {}, response });
  };
  const head = (counter: number, flags: number, { isVerified = true, rpId: other = rpId }: AnswerOptions) => {
    const bytes = Buffer.alloc(37);
    sha256(other).copy(bytes);
    bytes[32] = USER_PRESENT | (isVerified ? USER_VERIFIED : 0) | flags;
    bytes.writeUInt32BE(counter, 33);
    return bytes;
  };
  return self;
}

/** The id and the public key (COSE) of a new passkey, as authenticator data has them. */
function keyData(id: Buffer, publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const cose = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]) as never,
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  return Buffer.concat([Buffer.alloc(16), length, id, Buffer.from(cose)]);
}
