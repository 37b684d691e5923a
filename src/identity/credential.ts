import type { SentCode } from './secondFactor.ts';

/** A credential other than a token of the configured source. Each dialect accepts its own kind and no other. */
export type Credential =
  /** A JSON Web Token that this service signed for a staff account (`Authorization: JWT …`). */
  | { readonly kind: 'staffToken'; readonly token: string }
  /** The value of a session cookie. */
  | { readonly kind: 'session'; readonly id: string }
  | PasswordLogin
  | AccountLogin
  /** The secret key under which the first administrators of staff are made, and the account that is asked for. */
  | { readonly kind: 'secretKey'; readonly key: string | undefined; readonly applicant: Applicant };

/** A login with a password: of a staff account, or of anybody else who has one; with the code as below. */
export interface PasswordLogin extends SentCode {
  readonly kind: 'password';
  readonly of: 'staff' | 'others';
  readonly username: string;
  readonly password: string;
}

/** A sign-in to a local account, with the code of its authenticator app if it has one. */
export interface AccountLogin extends SentCode {
  readonly kind: 'account';
  readonly name: string;
  readonly password: string;
}

export interface Applicant {
  readonly username?: string;
  readonly email?: string;
}
