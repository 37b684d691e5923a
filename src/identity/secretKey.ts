import { createHash, timingSafeEqual } from 'node:crypto';
import type { Journal } from '../audit/journal.ts';
import { refuse } from '../base/errors.ts';
import type { Database } from '../store/database.ts';
import type { Applicant } from './credential.ts';
import { Guesses } from './guesses.ts';
import { withoutSpaces } from './nameRules.ts';
import type { Principal } from './principal.ts';
import { KEY_HOLDER } from './serviceNames.ts';
import { assertFreeOfStaff } from './staff.ts';

/** There is one key. */
const KEY = 'key';

/** The key that makes the first administrators of staff: off where none is configured. */
export class SecretKey {
  readonly #digest: Buffer | undefined;
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #guesses: Guesses;

  constructor(database: Database, journal: Journal, key: string | undefined) {
    this.#digest = key === undefined ? undefined : digestOf(key);
    this.#database = database;
    this.#journal = journal;
    this.#guesses = new Guesses(database, 'key');
  }

  /**
   * The principal that may make administrators of staff and nothing else. What is wrong is said in the order of the
   * University of Toronto's IIIF API: a name or address that staff have comes before the key. Of other people nobody
   * without the key is told whether they are known here.
   *
   * @throws too_many_attempts, staff_name_taken, staff_email_taken, secret_key_missing, secret_key_wrong
   */
  admit(key: string | undefined, applicant: Applicant, origin: SecretKeyOrigin, now: Date): Promise<Principal> {
    return this.#guesses.counted(KEY, origin.address, async () => {
      // Digests have one length, so that not even that of the key shows.
      const right = timingSafeEqual(digestOf(key ?? ''), this.#digest ?? Buffer.alloc(32));
      if (right && key !== undefined && this.#digest !== undefined) return KEY_HOLDER;
      await this.#recordRefusal(key, origin, now);
      const { username, email } = applicant;
      await assertFreeOfStaff(this.#database, {
        ...(username === undefined ? {} : { username: withoutSpaces(username) }),
        ...(email === undefined ? {} : { email: withoutSpaces(email) }),
      });
      throw refuse(key === undefined ? 'secret_key_missing' : 'secret_key_wrong');
    });
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
