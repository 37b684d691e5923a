import type { ClientSession, Db } from 'mongodb';

/** The server's id of a session. */
export type SessionId = NonNullable<ClientSession['id']>;

/**
 * The sessions that this instance uses for transactions. If it is killed, other instances end its open transactions, which
 * would otherwise block changes of the same documents until the server ends them after a minute.
 */
export class Sessions {
  readonly #ids = new Map<string, SessionId>();
  #publish: (() => Promise<void>) | undefined;

  /** Sets the function that publishes {@link ids} whenever a session is added, before it is used. */
  publishWith(publish: () => Promise<void>): void {
    this.#publish = publish;
  }

  get ids(): readonly SessionId[] {
    return [...this.#ids.values()];
  }

  /** Call before a transaction of the session begins. The driver reuses a few sessions. */
  async announce({ id }: ClientSession): Promise<void> {
    if (id === undefined) return;
    const key = id.id.toString('hex');
    if (this.#ids.has(key)) return;
    this.#ids.set(key, id);
    await this.#publish?.();
  }
}

/** Ends the sessions and their open transactions. */
export async function endSessions(db: Db, ids: readonly SessionId[]): Promise<void> {
  if (ids.length > 0) await db.client.db('admin').command({ killSessions: ids.map(({ id }) => ({ id })) });
}
