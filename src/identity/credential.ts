/**
 * What somebody shows who does not come with a token of the configured source. Each kind is good at the façade that takes
 * it and nowhere else: no transport reads one kind as another.
 */
export type Credential =
  /** A JSON Web Token that this service signed for a staff account (`Authorization: JWT …`). */
  | { readonly kind: 'staffToken'; readonly token: string }
  /** What the cookie of a session holds. */
  | { readonly kind: 'session'; readonly id: string }
  /** A login with a password: of a staff account, or of anybody else who has one. */
  | { readonly kind: 'password'; readonly of: 'staff' | 'others'; readonly username: string; readonly password: string }
  /** The secret key that makes the first administrators of staff, by whom these are applied for. */
  | { readonly kind: 'secretKey'; readonly key: string | undefined; readonly applicant: Applicant };

/** The account that is asked for. */
export interface Applicant {
  readonly username?: string;
  readonly email?: string;
}
