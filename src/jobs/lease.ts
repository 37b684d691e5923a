import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database.ts';

/** How long a lease outlives its last heartbeat: so long a crash delays whoever comes next. */
const LIFETIME_MS = 10_000;
/** The holder stops this long before it would expire: its own clock need not run exactly like the server's. */
const MARGIN_MS = 2_000;
const HEARTBEAT_MS = 2_500;

export interface LeaseTimes {
  readonly lifetimeMs: number;
  readonly marginMs: number;
  readonly heartbeatMs: number;
}

const TIMES: LeaseTimes = { lifetimeMs: LIFETIME_MS, marginMs: MARGIN_MS, heartbeatMs: HEARTBEAT_MS };

/**
 * Runs the work while this process alone holds the lease, and gives it up afterwards. The signal aborts when `stop` does
 * and as soon as the lease may be lost. A process that was asleep at that moment notices late: what the work writes needs
 * a guard of its own, such as the revision of the document that holds its progress.
 *
 * @returns false, with nothing done, while somebody else holds it
 */
export async function underLease(
  database: Database,
  name: string,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
  times: LeaseTimes = TIMES,
): Promise<boolean> {
  const holder = randomUUID();
  const lost = new AbortController();
  let deadline = performance.now() + times.lifetimeMs - times.marginMs;
  if (!(await database.leases.take(name, holder, times.lifetimeMs))) return false;

  const beat = async () => {
    // Counted from before the call: the server's own expiry is never earlier.
    const next = performance.now() + times.lifetimeMs - times.marginMs;
    const held = await database.leases.take(name, holder, times.lifetimeMs).catch(() => undefined);
    if (held === true) deadline = next;
    if (held === false) lost.abort();
  };
  const heart = setInterval(() => void beat(), times.heartbeatMs);
  const watch = setInterval(() => performance.now() > deadline && lost.abort(), times.heartbeatMs / 5);
  try {
    await work(AbortSignal.any([stop, lost.signal]));
    return true;
  } finally {
    clearInterval(heart);
    clearInterval(watch);
    await database.leases.release(name, holder).catch(() => undefined);
  }
}
