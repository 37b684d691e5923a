import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '../../base/errors.ts';
import type { Database } from '../database.ts';
import { type FormatDocument, FormatError, readFormat } from './format.ts';
import { formatAfter } from './index.ts';
import { endSessionsOfDead, INSTANCE_LIFETIME_MS, registerInstance, removeInstance } from './instances.ts';

/** The format must have been read at most this long before a commit; otherwise it is read again. */
export const CONFIRMED_MS = 500;
const READ_EVERY_MS = 300;
const END_EVERY_MS = 500;

const NEVER = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };

/**
 * Stops an instance if the format of its database changes. The format is read every {@link READ_EVERY_MS}. If it has changed
 * or a migration has begun, nothing more is committed and `changed` resolves, upon which the process ends.
 */
export class FormatWatch {
  /** Resolves with the message for the operator when the format has changed. */
  readonly changed: Promise<FormatError>;
  readonly #database: Database;
  readonly #program: string;
  readonly #stop = new AbortController();
  #resolveChanged: (error: FormatError) => void = () => undefined;
  #error: FormatError | undefined;
  #read = NEVER;
  #registeredAt = Number.NEGATIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> = Promise.resolve();

  private constructor(database: Database, program: string) {
    this.#database = database;
    this.#program = program;
    this.changed = new Promise((resolve) => {
      this.#resolveChanged = resolve;
    });
  }

  /**
   * Registers this instance and makes all its commits confirm the format from now on.
   *
   * @param program the version of this program
   * @throws FormatError if the database already has another format
   */
  static async begin(database: Database, program: string): Promise<FormatWatch> {
    const watch = new FormatWatch(database, program);
    // Registered before the format is read, so that a migration that begins later finds the instance.
    database.sessions.publishWith(() => watch.#publish());
    await watch.#register();
    await watch.#look();
    if (watch.#error !== undefined) {
      await watch.stop();
      throw watch.#error;
    }
    database.confirmCommits(() => watch.confirm());
    watch.#loop = watch.#keepLooking();
    return watch;
  }

  /**
   * Call this last before a commit, when everything else is sent. A migration that begins later waits for the commit.
   *
   * @throws format_changed
   */
  async confirm(): Promise<void> {
    if (this.#stop.signal.aborted || this.#age() > CONFIRMED_MS) await this.#look();
    if (this.#error !== undefined) throw refuse('format_changed');
  }

  /** Whether the database has stored something for this instance within the last few seconds. */
  get isWritten(): boolean {
    return performance.now() - this.#registeredAt < INSTANCE_LIFETIME_MS;
  }

  /** Removes the registration. Later commits read the format each time. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    // If the database is unavailable, the entry expires.
    await removeInstance(this.#database).catch(() => undefined);
  }

  /** Uses both clocks, since one stands still while the machine sleeps and the other may be set back. */
  #age(): number {
    return Math.max(performance.now() - this.#read.monotonic, Math.abs(Date.now() - this.#read.wall));
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.#error === undefined) {
      await sleep(READ_EVERY_MS, undefined, { signal }).catch(() => undefined);
      try {
        await this.#look();
        if (this.#error === undefined) await this.#register();
        await this.#endSessionsOfDead();
      } catch {
        // Commits read the format themselves meanwhile, and fail with the reason.
      }
    }
  }

  async #look(): Promise<void> {
    const read = { monotonic: performance.now(), wall: Date.now() };
    const error = this.#problemWith(await readFormat(this.#database.db));
    if (error === undefined) {
      this.#read = read;
      return;
    }
    this.#error ??= error;
    this.#resolveChanged(error);
  }

  #problemWith(document: FormatDocument | null): FormatError | undefined {
    const known = formatAfter(this.#database.migrations);
    if (document?.format === known && document.migrating === undefined) return undefined;
    const { databaseName } = this.#database.db;
    const instead = 'this instance stops, since it would write what does not fit.';
    if (document === null) {
      return new FormatError(`The database ${databaseName} was emptied or is being restored: ${instead}`);
    }
    const { format, migrating, program } = document;
    const became =
      migrating === undefined
        ? `The database ${databaseName} has format ${format} now, of Steward ${program}`
        : `The database ${databaseName} is being migrated from format ${format} to format ${migrating.to}`;
    return new FormatError(`${became}, and Steward ${this.#program} writes format ${known}: ${instead}`);
  }

  /** Renews the entry a few times within its lifetime. */
  async #register(): Promise<void> {
    if (performance.now() - this.#registeredAt < INSTANCE_LIFETIME_MS / 4) return;
    const at = performance.now();
    await this.#publish();
    this.#registeredAt = at;
  }

  async #publish(): Promise<void> {
    const { migrations, sessions } = this.#database;
    const known = { program: this.#program, format: formatAfter(migrations), sessions: sessions.ids };
    await registerInstance(this.#database, known);
  }

  async #endSessionsOfDead(): Promise<void> {
    if (performance.now() - this.#endedAt < END_EVERY_MS) return;
    this.#endedAt = performance.now();
    await endSessionsOfDead(this.#database);
  }
}
