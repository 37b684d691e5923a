import type { Journal } from '../audit/journal.ts';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import { tokenDigest } from './authorization.ts';
import type { AccountLogin, Credential, PasswordLogin } from './credential.ts';
import { Guesses } from './guesses.ts';
import { withoutSpaces } from './nameRules.ts';
import { passwords, verifyPassword } from './passwords.ts';
import { ACCOUNTS_ISSUER, livingByName, type Principal, principals } from './principal.ts';
import { requireActive } from './recognise.ts';
import type { RightsCache } from './rightsCache.ts';
import { lacksCode, type SentCode } from './secondFactor.ts';
import { SecretKey } from './secretKey.ts';
import { sessionOf } from './sessions.ts';
import type { SignedIn, SignInOrigin } from './signIn.ts';
import type { StaffTokens } from './staffTokens.ts';

/** What a guess at a password is counted under: the same for all ways to log in to an account. */
const guessed = (username: string) => JSON.stringify(['password', username]);

export interface CredentialParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly rights: RightsCache;
  readonly staffTokens: StaffTokens;
  readonly secretKey: string | undefined;
  readonly now: () => Date;
}

/** Step 1 of the gate for credentials other than tokens of the configured source: credential → principal. */
export class Credentials {
  readonly #parts: CredentialParts;
  readonly #secretKey: SecretKey;
  readonly #guesses: Guesses;

  constructor(parts: CredentialParts) {
    const { database, journal, secretKey } = parts;
    this.#parts = parts;
    this.#secretKey = new SecretKey(database, journal, secretKey);
    this.#guesses = new Guesses(database, 'login');
  }

  /**
   * @throws login_refused, totp_required, proof_refused, session_missing, token_invalid, token_outdated, token_expired, too_many_attempts,
   *   secret_key_missing, secret_key_wrong, staff_name_taken, staff_email_taken, account_disabled, account_closed
   */
  async signIn(credential: Credential, origin: SignInOrigin): Promise<SignedIn> {
    const { roster, at } = await this.#parts.rights.known();
    const known = { epoch: roster.epoch, at };
    switch (credential.kind) {
      case 'staffToken':
        return this.#signedIn(known, credential.token, (get) => this.#bearerOfToken(credential.token, get));
      case 'session':
        return this.#signedIn(known, credential.id, (get) => this.#bearerOfSession(credential.id, get));
      case 'password':
        return this.#loggedIn(known, credential, await this.#login(credential, origin.address));
      case 'account':
        return this.#loggedIn(known, credential, await this.#signInToAccount(credential, origin.address));
      case 'secretKey':
        return {
          ...known,
          ...NO_ISSUER,
          principal: await this.#secretKey.admit(credential, origin, this.#parts.now()),
          confirm: async () => undefined,
          bootstrap: true,
        };
    }
  }

  async #signedIn(
    known: WhenKnown,
    secret: string,
    bearer: (get: Reader['get']) => Promise<Principal>,
  ): Promise<SignedIn> {
    const confirm = async (get: Reader['get']) => void (await bearer(get));
    return {
      ...known,
      ...NO_ISSUER,
      principal: await bearer((from, id) => this.#parts.database.get(from, id)),
      credential: tokenDigest(secret),
      confirm,
    };
  }

  #loggedIn(known: WhenKnown, sent: SentCode, { holder, hash }: LoggedIn): SignedIn {
    const sentCode = defined({ totp: sent.totp, recoveryCode: sent.recoveryCode });
    const confirm = async (get: Reader['get']) => {
      if ((await get(passwords, holder._id))?.hash !== hash) throw refuse('login_refused');
    };
    // All calls with the same password count as calls with one credential.
    const credential = tokenDigest(JSON.stringify([holder._id, hash]));
    return { ...known, ...NO_ISSUER, principal: holder, credential, confirm, sentCode };
  }

  async #bearerOfToken(token: string, get: Reader['get']): Promise<Principal> {
    return requireActive(await this.#parts.staffTokens.bearerOf(token, this.#parts.now(), get));
  }

  async #bearerOfSession(id: string, get: Reader['get']): Promise<Principal> {
    const session = await sessionOf(get, id, this.#parts.now());
    const principal = session === undefined ? null : await get(principals, session.principal);
    if (principal === null) throw refuse('session_missing');
    return requireActive(principal);
  }

  #login({ of, username: written, ...given }: PasswordLogin, address: string): Promise<LoggedIn> {
    const username = of === 'staff' ? withoutSpaces(written) : written;
    const mayHave = ({ kind }: Principal) => (kind === 'staff') === (of === 'staff');
    return this.#withCode({ ...given, username, mayHave }, address);
  }

  #signInToAccount({ name: username, ...given }: AccountLogin, address: string): Promise<LoggedIn> {
    return this.#withCode({ ...given, username, mayHave: ({ issuer }) => issuer === ACCOUNTS_ISSUER }, address);
  }

  /** A missing code is no wrong guess: its holder gives name and password first, and is then asked for it. */
  async #withCode({ username, password, mayHave, ...sent }: Tried, address: string): Promise<LoggedIn> {
    const { database, now } = this.#parts;
    const { isIncomplete, ...loggedIn } = await this.#guesses.counted(guessed(username), address, async () => {
      const found = await this.#passwordOf(username, password, mayHave);
      const isIncomplete = await lacksCode(database, { principal: found.holder._id, sent, now: now() });
      return { ...found, isIncomplete };
    });
    if (isIncomplete) throw refuse('totp_required');
    return loggedIn;
  }

  /** Answers the same, after the same time, whether the name, the password or the state of the account is wrong. */
  async #passwordOf(username: string, password: string, mayHave: (holder: Principal) => boolean): Promise<LoggedIn> {
    const { database } = this.#parts;
    const holder = await livingByName(database, username);
    const admissible = holder?.state === 'active' && mayHave(holder);
    const hash = await verifyPassword(database, admissible ? holder._id : undefined, password);
    if (hash === undefined || holder === undefined) throw refuse('login_refused');
    return { holder, hash };
  }
}

type WhenKnown = Pick<SignedIn, 'epoch' | 'at'>;

/** A name and a password, and whose accounts they may open. */
interface Tried extends SentCode {
  readonly username: string;
  readonly password: string;
  readonly mayHave: (holder: Principal) => boolean;
}

interface LoggedIn {
  readonly holder: Principal;
  readonly hash: string;
}

/** These accounts have no issuer who knows their roles or other users. */
const NO_ISSUER = { roles: async () => [], identities: async () => [] } as const;
