import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { json } from './kbaseAuth.ts';
import { type Answer, type Loopback, startLoopback } from './loopback.ts';

export type Kind = 'RS256' | 'ES256' | 'EdDSA';

/** A key pair with the name under which its public part is published. */
export interface NamedKey {
  readonly kid: string;
  readonly kind: Kind;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function namedKey(kid: string, kind: Kind = 'ES256'): NamedKey {
  switch (kind) {
    case 'RS256':
      return { kid, kind, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    case 'ES256':
      return { kid, kind, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    case 'EdDSA':
      return { kid, kind, ...generateKeyPairSync('ed25519') };
  }
}

/** As it is published; `more` changes or, with undefined, takes away. */
export function jwkOf({ kid, kind, publicKey }: NamedKey, more: object = {}): object {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: kind, ...more };
}

/** A token signed by this key; undefined takes a field of the header away. */
export function signedBy({ kid, kind, privateKey }: NamedKey, claims: object, header: object = {}): string {
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${base64({ alg: kind, kid, ...header })}.${base64(claims)}`;
  const key = kind === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const } : privateKey;
  return `${input}.${sign(kind === 'EdDSA' ? null : 'sha256', Buffer.from(input), key).toString('base64url')}`;
}

/** A server that publishes keys on loopback, and can be told to misbehave. */
export interface KeyServer extends Loopback {
  /** How often it was asked. */
  readonly asked: number;
  publish(...keys: readonly object[]): void;
  answer(answer: Answer): void;
}

export async function startKeyServer(...keys: readonly object[]): Promise<KeyServer> {
  let answer = json(200, { keys });
  let asked = 0;
  const server = await startLoopback((request, response) => {
    asked += 1;
    answer(request, response);
  });
  return {
    ...server,
    url: `${server.url}/keys`,
    get asked() {
      return asked;
    },
    publish: (...published) => {
      answer = json(200, { keys: published });
    },
    answer: (other) => {
      answer = other;
    },
  };
}
