import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Database } from '../store/database.ts';

/** When a session was used last. The id is the session's. It gives no rights, and is not recorded. */
interface SessionUse extends Stored {
  readonly at: Date;
}

/** Longer than any session lasts. */
const KEPT_SECONDS = 32 * 24 * 60 * 60;

export const sessionUses = collection<SessionUse>('sessionUses', {
  indexes: [{ key: { at: 1 }, expireAfterSeconds: KEPT_SECONDS }],
});

/** The use of a session is noted at most this often by each instance. */
export const USE_MINUTES = 10;

export async function noteUse(database: Database, session: string, now: Date): Promise<void> {
  await database.upsertEach(sessionUses, [{ id: session, raise: { at: now }, insert: {} }]);
}

/** When these sessions were used last, by their ids, give or take {@link USE_MINUTES}. */
export async function lastUses(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const found = await reader.find(sessionUses, { _id: { $in: [...ids] } });
  return new Map(found.map(({ _id, at }) => [_id, at]));
}
