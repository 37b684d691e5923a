import { useEffect, useRef, useState } from 'react';
import type { AuditEntry, GetAudit, ShownNames } from '../../../base/schemas/generated.ts';
import { useSession } from '../../session.tsx';

const PAUSE_MS = 2_000;
/** Older ones are dropped while it goes on. */
const KEPT = 5_000;

interface Followed {
  /** The newest first. */
  readonly records: readonly AuditEntry[];
  readonly names: ShownNames;
  readonly error: unknown;
}

/** Older names are dropped too. */
const newest = (names: ShownNames): ShownNames => Object.fromEntries(Object.entries(names).slice(-KEPT));

const NOTHING: Followed = { records: [], names: {}, error: null };

/**
 * The records that are committed after a search, while it is followed. What one misses while the connection is down comes
 * later, since the cursor stays where it was.
 */
export function useFollowed(filter: GetAudit['params'], start: string | undefined, isOn: boolean): Followed {
  const { client, privileges } = useSession();
  const [followed, setFollowed] = useState(NOTHING);
  const cursor = useRef(start);
  const key = JSON.stringify(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search, or another start, begins anew
  useEffect(() => {
    cursor.current = start;
    setFollowed(NOTHING);
  }, [key, start]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is another object at each rendering; its text counts
  useEffect(() => {
    if (!isOn || start === undefined) return;
    const ended = new AbortController();
    const { newestFirst: _, ...conditions } = filter;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const search = { ...conditions, ...(cursor.current === undefined ? {} : { cursor: cursor.current }) };
        const { result } = await client.administer.getAudit(search, { signal: ended.signal });
        cursor.current = result.next ?? result.follow ?? cursor.current;
        const news = result.records.filter((r) => !(r.command === 'getAudit' && r.actor.id === privileges.id));
        setFollowed(({ records, names }) => ({
          records: [...news.reverse(), ...records].slice(0, KEPT),
          names: newest({ ...names, ...result.names }),
          error: null,
        }));
      } catch (error) {
        if (!ended.signal.aborted) setFollowed((before) => ({ ...before, error }));
      }
      if (!ended.signal.aborted) timer = setTimeout(() => void look(), PAUSE_MS);
    };
    void look();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [isOn, key, start]);
  return followed;
}
