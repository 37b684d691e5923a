/** What a credential proved, whichever source it came from. */
export interface Claims {
  /** Who vouches for the subject; with it, the identity. */
  readonly issuer: string;
  readonly subject: string;
  /** The name that its issuer gives it now; valid by {@link assertUsername}. */
  readonly username: string;
  readonly roles: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** One way to check tokens. Others join by implementing this. */
export interface TokenSource {
  /** @throws token_invalid with a sentence that says why and contains nothing of the token */
  verify(token: string, now: Date): Promise<Claims>;
}
