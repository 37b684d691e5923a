import type { Claims, Inquiry, InquiryOptions, TokenSource } from './token.ts';

/** The compact form of a signed token (RFC 7515, 7.1): three parts, the first of which says how it is signed. */
const JWS = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/**
 * Two token sources side by side. The form of a token decides which one checks it. The other one never sees it: a
 * signed token must not reach the auth service, and no key can check an opaque one.
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

  inquiry(token: string, claims: Claims, options: InquiryOptions): Inquiry | undefined {
    return this.#of(token).inquiry?.(token, claims, options);
  }

  #of(token: string): TokenSource {
    return JWS.test(token) ? this.#signed : this.#opaque;
  }
}
