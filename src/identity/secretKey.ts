import { hash, timingSafeEqual } from 'node:crypto';
import type { Journal } from '../audit/journal.ts';
import { refuse } from '../base/errors.ts';
import type { Database } from '../store/database.ts';
import type { Credential } from './credential.ts';
import { Guesses } from './guesses.ts';
import type { Principal } from './principal.ts';
import { KEY_HOLDER } from './serviceNames.ts';
import { assertFreeOfStaff } from './staff.ts';

/** The secret key under which the first administrators of staff are made. Without a configured key none is accepted. */
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
   * Returns {@link KEY_HOLDER}, who may make administrators of staff and nothing else. The checks are in the order of
   * the University of Toronto's IIIF API: a name or address that staff already have is reported before a wrong key.
   * Without the key, nobody can find out whether other users are known here.
   *
   * @throws too_many_attempts, staff_name_taken, staff_email_taken, secret_key_missing, secret_key_wrong
   */
  admit({ key, applicant }: SecretKeyCredential, origin: SecretKeyOrigin, now: Date): Promise<Principal> {
    return this.#guesses.counted('key', origin.address, async () => {
      // Digests have a fixed length, so the time of the comparison does not reveal the length of the key.
      const right = timingSafeEqual(digestOf(key ?? ''), this.#digest ?? Buffer.alloc(32));
      if (right && key !== undefined && this.#digest !== undefined) return KEY_HOLDER;
      await this.#recordRefusal(key, origin, now);
      await assertFreeOfStaff(this.#database, applicant);
      throw refuse(key === undefined ? 'secret_key_missing' : 'secret_key_wrong');
    });
  }

  /** Every use leaves a record: a successful one that of the command, a refused one this. */
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

type SecretKeyCredential = Extract<Credential, { kind: 'secretKey' }>;

interface SecretKeyOrigin {
  readonly requestId: string;
  readonly address: string;
}

const digestOf = (text: string) => hash('sha256', text, 'buffer');
