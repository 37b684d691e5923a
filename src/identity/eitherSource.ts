import type { Claims, Inquiry, TokenSource } from './token.ts';

/** The compact form of a signed token (RFC 7515, 7.1): three parts, the first of which says how it is signed. */
const JWS = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/**
 * Two sources side by side. The token's form decides, and no token is ever shown to the other source: a signed one is
 * nothing that the auth service should see, and an opaque one nothing that a key could check.
 */
export class EitherSource implements TokenSource {
  readonly #signed: TokenSource;
  readonly #opaque: TokenSource;

  constructor(sources: { readonly signed: TokenSource; readonly opaque: TokenSource }) {
    this.#signed = sources.signed;
    this.#opaque = sources.opaque;
  }

  verify(token: string, now: Date): Promise<Claims> {
    return this.#of(token).verify(token, now);
  }

  inquiry(token: string, claims: Claims, now: Date, rejected: () => void): Inquiry | undefined {
    return this.#of(token).inquiry?.(token, claims, now, rejected);
  }

  #of(token: string): TokenSource {
    return JWS.test(token) ? this.#signed : this.#opaque;
  }
}
