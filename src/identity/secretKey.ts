import { createHash, timingSafeEqual } from 'node:crypto';
import type { Journal } from '../audit/journal.ts';
import { refuse } from '../errors.ts';
import { Attempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import type { Applicant } from './credential.ts';
import type { Principal } from './principal.ts';
import { KEY_HOLDER } from './serviceNames.ts';
import { assertFree, withoutSpaces } from './staff.ts';

const WITHIN_SECONDS = 15 * 60;
const EVERYBODY = 'everybody';

/** The key that makes the first administrators of staff: off where none is configured. */
export class SecretKey {
  readonly #digest: Buffer | undefined;
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #fromOneAddress: Attempts;
  readonly #fromEverywhere: Attempts;

  constructor(database: Database, journal: Journal, key: string | undefined) {
    this.#digest = key === undefined ? undefined : digestOf(key);
    this.#database = database;
    this.#journal = journal;
    this.#fromOneAddress = new Attempts(database, { what: 'key', max: 10, withinSeconds: WITHIN_SECONDS });
    // Forwarded addresses can be made up: so many from everywhere.
    this.#fromEverywhere = new Attempts(database, { what: 'keys', max: 100, withinSeconds: WITHIN_SECONDS });
  }

  /**
   * The principal that may make administrators of staff and nothing else. What is wrong is said in the order of the
   * University of Toronto's IIIF API: a name or address that is taken comes before the key.
   *
   * @throws too_many_attempts, staff_name_taken, staff_email_taken, secret_key_missing, secret_key_wrong
   */
  async admit(key: string | undefined, applicant: Applicant, origin: SecretKeyOrigin, now: Date): Promise<Principal> {
    await this.#fromOneAddress.count(origin.address);
    await this.#fromEverywhere.count(EVERYBODY);
    // Digests have one length, so that not even that of the key shows.
    const right = timingSafeEqual(digestOf(key ?? ''), this.#digest ?? Buffer.alloc(32));
    if (right && key !== undefined && this.#digest !== undefined) {
      await this.#fromOneAddress.takeBack(origin.address);
      await this.#fromEverywhere.takeBack(EVERYBODY);
      return KEY_HOLDER;
    }
    await this.#recordRefusal(key, origin, now);
    const { username, email } = applicant;
    await assertFree(this.#database, {
      ...(username === undefined ? {} : { username: withoutSpaces(username) }),
      ...(email === undefined ? {} : { email: withoutSpaces(email) }),
    });
    throw refuse(key === undefined ? 'secret_key_missing' : 'secret_key_wrong');
  }

  /** Each use is recorded; one that succeeds leaves the record of what was done with it. */
  async #recordRefusal(key: string | undefined, { requestId, address }: SecretKeyOrigin, now: Date): Promise<void> {
    await this.#journal.append({
      at: now,
      via: 'signIn',
      command: 'createAdmin',
      outcome: 'denied',
      error: key === undefined ? 'secret_key_missing' : 'secret_key_wrong',
      actor: { id: KEY_HOLDER._id, name: KEY_HOLDER.username },
      authority: 'service',
      changes: [],
      resources: [],
      requestId,
      address,
    });
  }
}

interface SecretKeyOrigin {
  readonly requestId: string;
  readonly address: string;
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
