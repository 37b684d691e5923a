import type { Journal } from '../audit/journal.ts';
import { refuse } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { Credential } from './credential.ts';
import { Guesses } from './guesses.ts';
import { passwordHolds } from './passwords.ts';
import { livingByName, type Principal, principals } from './principal.ts';
import { admitted } from './recognise.ts';
import { SecretKey } from './secretKey.ts';
import { sessionOf } from './sessions.ts';
import type { SignedIn, SignInOrigin } from './signIn.ts';
import type { StaffTokens } from './staffTokens.ts';

type Login = Extract<Credential, { kind: 'password' }>;

/** Step 1 of the gate for the accounts that this service keeps itself: credential → principal. */
export class Credentials {
  readonly #database: Database;
  readonly #staffTokens: StaffTokens;
  readonly #secretKey: SecretKey;
  readonly #now: () => Date;
  readonly #guesses: Guesses;

  constructor(deps: {
    database: Database;
    journal: Journal;
    staffTokens: StaffTokens;
    secretKey: string | undefined;
    now: () => Date;
  }) {
    const { database } = deps;
    this.#database = database;
    this.#staffTokens = deps.staffTokens;
    this.#secretKey = new SecretKey(database, deps.journal, deps.secretKey);
    this.#now = deps.now;
    this.#guesses = new Guesses(database, 'login');
  }

  /**
   * @throws login_refused, session_missing, token_invalid, token_outdated, token_expired, too_many_attempts,
   *   secret_key_missing, secret_key_wrong, staff_name_taken, staff_email_taken, account_disabled, account_closed
   */
  async signIn(credential: Credential, origin: SignInOrigin): Promise<SignedIn> {
    const now = this.#now();
    switch (credential.kind) {
      case 'staffToken':
        return signedIn(admitted(await this.#staffTokens.bearerOf(credential.token, now)));
      case 'session':
        return signedIn(await this.#bearerOfSession(credential.id, now));
      case 'password':
        return signedIn(await this.#login(credential, origin.address));
      case 'secretKey':
        return {
          ...signedIn(await this.#secretKey.admit(credential.key, credential.applicant, origin, now)),
          bootstrap: true,
        };
    }
  }

  async #bearerOfSession(id: string, now: Date): Promise<Principal> {
    const session = await sessionOf(this.#database, id, now);
    const principal = session === undefined ? null : await this.#database.get(principals, session.principal);
    if (principal === null) throw refuse('session_missing');
    return admitted(principal);
  }

  /** One answer, after the same time, whatever is wrong: the name, the password, or that the account is not let in. */
  #login({ of, username, password }: Login, address: string): Promise<Principal> {
    return this.#guesses.counted(JSON.stringify([of, username]), address, async () => {
      const holder = await livingByName(this.#database, username);
      const admissible = holder?.state === 'active' && (holder.kind === 'staff') === (of === 'staff');
      const holds = await passwordHolds(this.#database, admissible ? holder._id : undefined, password);
      if (!holds || holder === undefined) throw refuse('login_refused');
      return holder;
    });
  }
}

/** Nobody vouches for these accounts but this service: there are no roles, and no other users to ask about. */
function signedIn(principal: Principal): SignedIn {
  return { principal, roles: async () => [], identities: async () => [] };
}
