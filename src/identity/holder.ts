import type { Actor } from './actor.ts';

/** A caller with the credential that they called with: what a ticket is bound to. */
export interface Holder extends Actor {
  /** A digest of the credential. Undefined for the secret key, whose holder is nobody in particular. */
  readonly credential: string | undefined;
  readonly address: string;
}
