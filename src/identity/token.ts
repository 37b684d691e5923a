/** What a credential proved, whichever source it came from. */
export interface Claims {
  /** Who vouches for the subject; with it, the identity. */
  readonly issuer: string;
  readonly subject: string;
  /** The name that its issuer gives it now; valid by {@link assertUsername}. */
  readonly username: string;
  /** The roles that stand in the token. */
  readonly roles: readonly string[];
  /** Set when the subject is not at the keys itself. */
  readonly actor?: ActorClaims;
  readonly issuedAt: Date;
  /** Until when this may be believed without asking the source again. */
  readonly expiresAt: Date;
}

/** The service that acts for the subject, known to the same issuer. */
export interface ActorClaims {
  readonly subject: string;
  /** Absent where the token does not say: then the service keeps the name it has. */
  readonly username?: string;
  readonly roles: readonly string[];
  /** Whether it acts through yet another service. */
  readonly nested: boolean;
}

/**
 * The issuer of identities that come from the KBase auth service: one for all its addresses, since a service that moves
 * to another host still has the same users.
 */
export const KBASE_ISSUER = 'kbase';

/** Somebody whom an issuer knows, whether or not a token of theirs was ever seen here. */
export type Identity = Pick<Claims, 'issuer' | 'subject' | 'username'>;

/** What the issuer of a token says beyond the token itself, asked with the rights of its bearer. */
export interface Inquiry {
  /** The roles of the bearer. @throws roles_unavailable */
  roles(): Promise<readonly string[]>;
  /** Those of these names whom the issuer knows. @throws token_invalid, users_unavailable */
  identities(names: readonly string[]): Promise<readonly Identity[]>;
}

/** One way to check tokens. Others join by implementing this. */
export interface TokenSource {
  /**
   * @throws token_invalid with a sentence that says why and contains nothing of the token; auth_refused and
   *   auth_unavailable where somebody else must be asked
   */
  verify(token: string, now: Date): Promise<Claims>;
  /**
   * Absent, or undefined for this token: the token says all there is. `rejected` is called when the issuer says that the token, for which these
   * claims were had before, no longer holds.
   */
  inquiry?(token: string, claims: Claims, now: Date, rejected: () => void): Inquiry | undefined;
}
