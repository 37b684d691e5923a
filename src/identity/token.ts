import type { Reader } from '../store/collection.ts';

/** What a token proved, whichever source checked it. */
export interface Claims {
  /** Who vouches for the subject; with it, the identity. */
  readonly issuer: string;
  readonly subject: string;
  /** The name that the issuer gives the subject now; valid by `assertUsername`. */
  readonly username: string;
  readonly roles: readonly string[];
  /** Set when a service acts for the subject. */
  readonly actor?: ActorClaims;
  readonly issuedAt: Date;
  /** When and how the subject themself last proved their identity to the issuer, as far as the token says. */
  readonly authentication?: Authentication;
  /** Until when this holds without asking the source again. */
  readonly expiresAt: Date;
  /** When the token itself expires, as far as its source says. */
  readonly tokenExpiresAt?: Date;
}

export interface Authentication {
  readonly at: Date;
  /** The class and the methods of the authentication (OpenID Connect Core 1.0, 2). */
  readonly acr?: string;
  readonly amr?: readonly string[];
}

/** The service that acts for the subject, known to the same issuer. */
export interface ActorClaims {
  readonly subject: string;
  /** Absent if the token has none: then the service keeps its name. */
  readonly username?: string;
  readonly roles: readonly string[];
  /** Whether the service acts through yet another one. */
  readonly nested: boolean;
}

/**
 * The issuer of identities that come from the KBase auth service: one for all its addresses, since a service that moves
 * to another host still has the same users.
 */
export const KBASE_ISSUER = 'kbase';

/** A user that an issuer knows, whether or not they ever signed in here. */
export type Identity = Pick<Claims, 'issuer' | 'subject' | 'username'>;

/** Asks the issuer of a token, with the bearer's rights, for what the token itself does not say. */
export interface Inquiry {
  /** The roles of the bearer. @throws roles_unavailable */
  roles(): Promise<readonly string[]>;
  /** Those of these names that the issuer knows. @throws token_invalid, users_unavailable */
  identities(names: readonly string[]): Promise<readonly Identity[]>;
}

export interface TokenSource {
  /**
   * @throws token_invalid with a reason that contains nothing of the token; auth_refused and auth_unavailable where
   *   another service checks the token
   */
  verify(token: string, now: Date): Promise<Claims>;
  /** Absent, or undefined for this token, if the token contains everything. */
  inquiry?(token: string, claims: Claims, options: InquiryOptions): Inquiry | undefined;
  /** Checks a token again whose validity is stored here. Absent, or undefined for this token, if nothing here ends it. */
  recheck?(token: string): Recheck | undefined;
}

/** Checks a token again, with the documents that `get` reads. @throws as `verify` */
export type Recheck = (get: Reader['get'], now: Date) => Promise<void>;

export interface InquiryOptions {
  readonly now: Date;
  /** Called when the issuer answers that the token no longer holds. */
  readonly rejected: () => void;
}
