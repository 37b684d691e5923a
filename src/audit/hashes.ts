import { Attempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';

/** Looking for a few values goes on without a pause; trying out a dictionary does not. */
const LIMITS = {
  what: 'auditHash',
  unpaused: 60,
  withinSeconds: 3_600,
  firstPauseSeconds: 10,
  longestPauseSeconds: 60,
};

/** The HMACs that stand for secret and sensitive values in records. */
export class AuditHashes {
  readonly #database: Database;
  readonly #attempts: Attempts;

  constructor(database: Database) {
    this.#database = database;
    this.#attempts = new Attempts(database, LIMITS);
  }

  /**
   * The HMAC of a value, as records of calls that were carried out have it.
   *
   * @param asker the id of the principal who asks
   * @throws too_many_attempts
   */
  async of(asker: string, value: string): Promise<string> {
    await this.#attempts.count(asker);
    return this.#database.digester.hmac(value);
  }
}
