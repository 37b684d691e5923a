import type { ClientSession, Db } from 'mongodb';

/** The id of a session, as the server knows it. */
export type SessionId = NonNullable<ClientSession['id']>;

/**
 * The sessions in whose transactions this instance has written, so that others can end what it leaves open when it is
 * killed: until the server does so itself, after a minute, nobody else can change what such a transaction has changed.
 */
export class Sessions {
  readonly #ids = new Map<string, SessionId>();
  #publish: (() => Promise<void>) | undefined;

  /** From now on this stores {@link ids} whenever there is another one, before it is used. */
  publishWith(publish: () => Promise<void>): void {
    this.#publish = publish;
  }

  get ids(): readonly SessionId[] {
    return [...this.#ids.values()];
  }

  /** Call before a transaction of the session begins. The driver uses a few sessions again and again. */
  async announce({ id }: ClientSession): Promise<void> {
    if (id === undefined) return;
    const key = id.id.toString('hex');
    if (this.#ids.has(key)) return;
    this.#ids.set(key, id);
    await this.#publish?.();
  }
}

/** Ends the sessions, and with them the transactions that are open in them. */
export async function endSessions(db: Db, ids: readonly SessionId[]): Promise<void> {
  if (ids.length > 0) await db.client.db('admin').command({ killSessions: ids.map(({ id }) => ({ id })) });
}
