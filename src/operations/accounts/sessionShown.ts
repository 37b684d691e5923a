import { defined } from '../../base/defined.ts';
import type { Session } from '../../identity/sessions.ts';

interface Known {
  readonly lastUsed: Date | undefined;
  /** The id of the session of the call itself. */
  readonly current: string | undefined;
}

/** A session as its holder and administrators see it. */
export function sessionShown(
  { _id: id, startedAt, address, client, withCode, expiresAt }: Session,
  { lastUsed, current }: Known,
) {
  return {
    id,
    kind: startedAt === undefined ? ('cookie' as const) : ('token' as const),
    ...defined({ client, address, withCode, started: startedAt?.toISOString(), lastUsed: lastUsed?.toISOString() }),
    expires: expiresAt.toISOString(),
    ...(id === current ? { current: true } : {}),
  };
}
