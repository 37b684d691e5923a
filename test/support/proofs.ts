import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { Secret, TOTP } from 'otpauth';
import { type RawToken, SECRET } from './house.ts';

/** What a token of a sign-in says, besides its subject. */
export interface SignedInToken {
  /** Seconds since the sign-in. */
  readonly age?: number;
  readonly now?: Date;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A token from a sign-in of this user, as a proof or to call with. */
export function signedInToken(sub: string, { age = 0, now = new Date(), claims = {} }: SignedInToken = {}): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const payload = { sub, preferred_username: sub, jti: randomUUID(), auth_time: seconds - age };
  return jwt.sign({ ...payload, iat: seconds - age, exp: seconds + 86_400, ...claims }, SECRET);
}

/** The code that an authenticator app with this secret shows. */
export function codeOf(secret: string, at = new Date()): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() });
}

/** A caller who calls with the same token each time, as a ticket needs. */
export const callerWith = (sub: string, token: SignedInToken = {}): RawToken => ({ token: signedInToken(sub, token) });

/** A policy file by which these commands need a ticket, by the rule `sensitive`. */
export function ticketsFor(commands: readonly string[], maxMinutes = 10): string {
  const rule = { name: 'sensitive', who: ['anybody'], commands, require: { ticket: { maxMinutes } } };
  return JSON.stringify({ rules: [rule] });
}
