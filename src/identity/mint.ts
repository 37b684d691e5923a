import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { defined } from '../base/defined.ts';

export interface MintOptions {
  readonly secret: string;
  readonly username: string;
  /** The `sub`; the user name by default. */
  readonly subject?: string;
  readonly roles?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly lifetimeSeconds: number;
}

/**
 * Signs a token (HS256) that this service accepts. Only the operator has the secret, so that signing counts as a sign-in of
 * the user at this moment.
 */
export function mintToken(options: MintOptions): string {
  const { secret, username, subject = username, roles, issuer, audience, lifetimeSeconds } = options;
  const signedIn = { auth_time: Math.floor(Date.now() / 1000), jti: randomUUID() };
  return jwt.sign({ preferred_username: username, ...signedIn, ...defined({ roles }) }, secret, {
    algorithm: 'HS256',
    subject,
    expiresIn: lifetimeSeconds,
    ...defined({ issuer, audience }),
  });
}
