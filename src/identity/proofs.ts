import { refuse, StewardError } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import type { Transaction } from '../store/transaction.ts';
import { bareToken, credentialDigest } from './authorization.ts';
import { Guesses } from './guesses.ts';
import type { Holder } from './holder.ts';
import { CLOCK_SKEW_SECONDS } from './jwtClaims.ts';
import { CHALLENGE_USED, challengeOf, passkeys, passkeysOf, usePasskey } from './passkeys.ts';
import { passwords, verifyPassword } from './passwords.ts';
import { ACCOUNTS_ISSUER, type Principal, wireName } from './principal.ts';
import type { ProofKind } from './tickets.ts';
import { type Authentication, KBASE_ISSUER, type TokenSource } from './token.ts';
import {
  pendingStep,
  recoveryDigest,
  totpEnrolments,
  totpOfUser,
  unusedStep,
  useCode,
  useRecoveryCode,
} from './totp.ts';
import type { RequestOptions, WebAuthn } from './webauthn.ts';

/** A second proof of identity: exactly one of these. */
export type Proof = { readonly [K in ProofKind]?: string };

/** A proof that holds. */
export interface Proved {
  readonly kind: ProofKind;
  /** When the identity was proved to the issuer of a token; absent for a proof that was given just now. */
  readonly at?: Date;
  /** Uses the proof up inside the transaction of what it is for. @throws proof_refused if it does not hold any more */
  readonly use: (tx: Transaction) => Promise<void>;
}

/** Which proofs are accepted, and for how long a ticket lasts. */
export interface TicketRules {
  /** How long a ticket lasts at most, and by default. */
  readonly minutes: number;
  /** The sign-in of a token that is a proof is at most so long ago. */
  readonly authAgeSeconds: number;
  /** The token must have one of these classes, and one of these methods; any, if there are none. */
  readonly acr: readonly string[];
  readonly amr: readonly string[];
}

export const TICKET_RULES: TicketRules = { minutes: 10, authAgeSeconds: 300, acr: [], amr: [] };

/** A token that was used as a proof, by its keyed digest: each can be used once. */
interface UsedToken extends Stored {
  readonly usedAt: Date;
}

/** No token is a proof for longer than this. */
const MAX_AUTH_AGE_SECONDS = 3_600;

export const usedTokens = collection<UsedToken>('usedTokens', {
  indexes: [{ key: { usedAt: 1 }, expireAfterSeconds: MAX_AUTH_AGE_SECONDS + 2 * CLOCK_SKEW_SECONDS }],
});

const NAMES: Readonly<Record<ProofKind, string>> = {
  passkey: 'a passkey',
  password: 'a password',
  totp: 'a code of an authenticator app',
  recoveryCode: 'a recovery code',
  token: 'a token',
};

export interface ProofParts {
  readonly database: Database;
  readonly source: TokenSource;
  readonly webauthn: WebAuthn;
  readonly rules: TicketRules;
  readonly now: () => Date;
}

/** Checks second proofs of identity. */
export class Proofs {
  readonly rules: TicketRules;
  readonly #parts: ProofParts;
  readonly #guesses: Guesses;

  constructor(parts: ProofParts) {
    this.rules = parts.rules;
    this.#parts = parts;
    this.#guesses = new Guesses(parts.database, 'proof');
  }

  /**
   * Which proofs a user has. Everybody can prove their identity with another token, of a new sign-in. A password is a proof
   * only for local accounts, since others could give themselves one with a stolen token; and only until an authenticator
   * app is set up, which would protect nothing if the password were enough.
   */
  async kindsOf(reader: Reader, principal: Principal): Promise<readonly ProofKind[]> {
    const totp = await totpOfUser((from, id) => reader.get(from, id), principal._id);
    const isLocal = principal.issuer === ACCOUNTS_ISSUER;
    const hasPassword = isLocal && (await reader.get(passwords, principal._id)) !== null;
    const { webauthn } = this.#parts;
    const keys = webauthn.isConfigured ? await passkeysOf((from, id) => reader.get(from, id), principal._id) : [];
    return [
      ...(keys.length === 0 ? [] : (['passkey'] as const)),
      ...(totp === undefined ? [] : (['totp'] as const)),
      ...((totp?.recoveryCodes ?? []).length === 0 ? [] : (['recoveryCode'] as const)),
      ...(hasPassword && totp === undefined ? (['password'] as const) : []),
      ...(isLocal && !hasPassword ? [] : (['token'] as const)),
    ];
  }

  /** What a user can prove their identity with, in words. */
  async named(reader: Reader, principal: Principal): Promise<string> {
    const kinds = await this.kindsOf(reader, principal);
    if (kinds.length === 0) return 'no proof: your account has no password';
    return kinds.map((kind) => (kind === 'token' ? this.#tokenNamed() : NAMES[kind])).join(' or ');
  }

  /**
   * Checks a proof. Wrong ones are counted as guesses.
   *
   * @throws proof_unsupported, proof_refused, too_many_attempts, auth_refused, auth_unavailable
   */
  async check(holder: Holder, proof: Proof): Promise<Proved> {
    const [kind, value] = Object.entries(proof)[0] as [ProofKind, string];
    const { database } = this.#parts;
    const { principal, address, credential } = holder;
    if (credential === undefined)
      throw refuse('proof_unsupported', NAMES[kind], 'the secret key is nobody in particular');
    const kinds = await this.kindsOf(database, principal);
    if (!kinds.includes(kind)) {
      throw refuse('proof_unsupported', NAMES[kind], `you have ${await this.named(database, principal)}`);
    }
    if (kind === 'token') return this.#checkToken(holder, value);
    return this.#guesses.counted(principal._id, address, () => this.#checkSecret(kind, principal, value));
  }

  /**
   * As {@link check}, for a change of the person's proofs: a service that acts for them could keep what it learns.
   *
   * @throws proofs_of_person, and what `check` throws
   */
  async checkAlone(holder: Holder, proof: Proof): Promise<Proved> {
    assertAlone(holder);
    return this.check(holder, proof);
  }

  /**
   * Checks the first code of an authenticator app that is being set up. Wrong ones are counted as guesses.
   *
   * @returns the code
   * @throws proofs_of_person, totp_not_begun, proof_unsupported, proof_refused, too_many_attempts
   */
  async checkPending(holder: Holder, { totp: code }: Proof): Promise<string> {
    assertAlone(holder);
    const { principal, address } = holder;
    const { database, now } = this.#parts;
    if (code === undefined) throw refuse('proof_unsupported', 'anything else', `confirm the app with ${NAMES.totp}`);
    const enrolment = await database.get(totpEnrolments, principal._id);
    return this.#guesses.counted(principal._id, address, async () => {
      if (pendingStep(enrolment, code, { now: now(), sealer: database.sealer }) !== undefined) return code;
      throw refuse('proof_refused', 'the code is wrong');
    });
  }

  /**
   * What a passkey of the holder is to sign.
   *
   * @throws passkeys_not_configured; proof_unsupported if they have none
   */
  async passkeyOptions({ principal }: Holder): Promise<RequestOptions> {
    const { database, webauthn } = this.#parts;
    const keys = await passkeysOf((from, id) => database.get(from, id), principal._id);
    if (keys.length === 0 && webauthn.isConfigured) {
      throw refuse('proof_unsupported', NAMES.passkey, `you have ${await this.named(database, principal)}`);
    }
    return webauthn.requestOptions(keys);
  }

  /**
   * Checks the passkey that is being added.
   *
   * @returns the passkey, and the challenge that it answers
   * @throws proofs_of_person, passkeys_not_configured, passkey_not_begun, passkey_refused
   */
  async checkNewPasskey(holder: Holder, answer: string) {
    assertAlone(holder);
    const { database, webauthn, now } = this.#parts;
    const challenge = challengeOf(await database.get(passkeys, holder.principal._id), 'pending', now());
    if (challenge === undefined) throw refuse('passkey_not_begun');
    return { challenge, ...(await webauthn.created(answer, challenge)) };
  }

  async #checkPasskey(principal: string, answer: string): Promise<Proved> {
    const { database, webauthn, now } = this.#parts;
    const present = await database.get(passkeys, principal);
    const challenge = challengeOf(present, 'challenge', now());
    if (challenge === undefined) throw refuse('proof_refused', CHALLENGE_USED);
    const signed = await webauthn.signed(answer, { challenge, present: present?.keys ?? [] });
    return { kind: 'passkey', use: (tx) => usePasskey(tx, principal, { ...signed, challenge }) };
  }

  async #checkSecret(kind: Exclude<ProofKind, 'token'>, { _id }: Principal, value: string): Promise<Proved> {
    const { database, now } = this.#parts;
    const digestOf = (sent: unknown) => database.keyedDigest(sent);
    if (kind === 'passkey') return this.#checkPasskey(_id, value);
    if (kind === 'password') {
      const hash = await verifyPassword(database, _id, value);
      if (hash === undefined) throw refuse('proof_refused', 'the password is wrong');
      const use = async (tx: Transaction) => {
        if ((await tx.get(passwords, _id))?.hash !== hash) throw refuse('proof_refused', 'the password was changed');
      };
      return { kind, use };
    }
    const totp = await totpOfUser((from, id) => database.get(from, id), _id);
    if (kind === 'totp') {
      const isRight =
        totp !== undefined && unusedStep(totp, value, { now: now(), sealer: database.sealer }) !== undefined;
      if (!isRight) throw refuse('proof_refused', 'the code is wrong, or was used already');
      return { kind, use: (tx) => useCode(tx, _id, value) };
    }
    const digest = recoveryDigest(digestOf, _id, value);
    if (!totp?.recoveryCodes?.includes(digest)) throw refuse('proof_refused', 'there is no such recovery code left');
    return { kind, use: (tx) => useRecoveryCode(tx, _id, digest) };
  }

  /** The source is asked, and no cache. */
  async #checkToken({ principal, credential }: Holder, sent: string): Promise<Proved> {
    const { source, database, now } = this.#parts;
    const token = bareToken(sent);
    const digest = credentialDigest(token);
    // A second proof is not the first one again: whoever stole the token of the call has no other.
    if (digest === credential) {
      throw refuse('proof_refused', 'it is the token of the call itself; sign in once more, and send the new token');
    }
    const claims = await source.verify(token, now()).catch((error) => {
      const isInvalid = error instanceof StewardError && ['token_invalid', 'session_missing'].includes(error.reason);
      throw isInvalid ? refuse('proof_refused', 'the token is not valid') : error;
    });
    const isOwn = claims.issuer === principal.issuer && claims.subject === principal.subject;
    if (!isOwn) throw refuse('proof_refused', 'the token is not yours');
    if (claims.actor !== undefined)
      throw refuse('proof_refused', 'a token with which a service acts for you is no proof');
    const { at } = this.#assertFresh(claims.issuer, claims.authentication);
    await this.#assertWithCode(principal, claims.authentication);
    const id = database.keyedDigest(['usedToken', digest]);
    const use = async (tx: Transaction) => {
      if ((await tx.get(usedTokens, id)) !== null)
        throw refuse('proof_refused', 'the token was used as a proof already');
      await tx.insert(usedTokens, { _id: id, usedAt: tx.now });
    };
    return { kind: 'token', at, use };
  }

  /** A session that began without the authenticator app proves no more than the password. @throws proof_refused */
  async #assertWithCode({ _id, issuer }: Principal, { amr = [] }: Pick<Authentication, 'amr'> = {}): Promise<void> {
    if (issuer !== ACCOUNTS_ISSUER || amr.includes('otp')) return;
    if ((await totpOfUser((from, id) => this.#parts.database.get(from, id), _id)) === undefined) return;
    throw refuse('proof_refused', 'the session began without a code of your authenticator app');
  }

  /** @throws proof_refused */
  #assertFresh(issuer: string, authentication: Authentication | undefined): { readonly at: Date } {
    const { rules, now } = this.#parts;
    const wanted = this.#tokenNamed();
    if (authentication === undefined) {
      throw refuse('proof_refused', `the token does not say when you signed in (auth_time); needed is ${wanted}`);
    }
    const { acr, amr = [] } = authentication;
    const age = Math.floor((now().getTime() - authentication.at.getTime()) / 1000);
    if (age < -CLOCK_SKEW_SECONDS) throw refuse('proof_refused', 'the token is of a sign-in in the future');
    if (age > rules.authAgeSeconds) {
      throw refuse('proof_refused', `the token is of a sign-in ${age} seconds ago; needed is ${wanted}`);
    }
    // KBase's tokens name neither.
    if (issuer !== KBASE_ISSUER) {
      const hasClass = rules.acr.length === 0 || (acr !== undefined && rules.acr.includes(acr));
      const hasMethod = rules.amr.length === 0 || amr.some((method) => rules.amr.includes(method));
      if (!hasClass || !hasMethod) throw refuse('proof_refused', `the sign-in was too weak; needed is ${wanted}`);
    }
    return { at: new Date(Math.min(authentication.at.getTime(), now().getTime())) };
  }

  #tokenNamed(): string {
    const { authAgeSeconds, acr, amr } = this.rules;
    const strength = [
      ...(acr.length === 0 ? [] : [`acr ${acr.join(' or ')}`]),
      ...(amr.length === 0 ? [] : [`amr ${amr.join(' or ')}`]),
    ];
    return `another token, of a sign-in in the last ${authAgeSeconds} seconds${strength.length === 0 ? '' : ` with ${strength.join(' and ')}`}`;
  }
}

function assertAlone({ principal, delegate }: Holder): void {
  if (delegate !== undefined) throw refuse('proofs_of_person', wireName(delegate), wireName(principal));
}
