import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

/** How long a lease outlives its last heartbeat, and so how long a crash delays the next holder. */
const LIFETIME_MS = 6_000;
/** The holder stops this long before expiry, since its clock may run a little differently from the server's. */
const MARGIN_MS = 1_500;
const HEARTBEAT_MS = 1_500;

export interface LeaseTimes {
  readonly lifetimeMs: number;
  readonly marginMs: number;
  readonly heartbeatMs: number;
}

interface LeaseOptions {
  readonly name: string;
  readonly stop: AbortSignal;
  readonly times?: LeaseTimes;
}

const TIMES: LeaseTimes = { lifetimeMs: LIFETIME_MS, marginMs: MARGIN_MS, heartbeatMs: HEARTBEAT_MS };

/**
 * Runs the work while this process holds the lease, and releases the lease afterwards. The signal aborts when `stop` does
 * and as soon as the lease may be lost. A process that was suspended at that moment notices late, so the writes of the
 * work need a guard of their own, such as the revision of the document that holds its progress.
 *
 * @returns false, without running the work, if somebody else holds the lease
 */
export async function underLease(
  database: Database,
  { name, stop, times = TIMES }: LeaseOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const { holder, names } = instanceOf(database);
  if (names.has(name)) return false;
  names.add(name);
  try {
    const until = deadlineOf(times);
    if (!(await database.leases.take(name, holder, times.lifetimeMs))) return false;
    await whileHeld({ database, name, holder, until, times }, stop, work);
    return true;
  } finally {
    names.delete(name);
  }
}

/** Call it before taking or renewing the lease, so that the server cannot expire the lease earlier. */
const deadlineOf = ({ lifetimeMs, marginMs }: LeaseTimes) => performance.now() + lifetimeMs - marginMs;

interface HeldLease {
  readonly database: Database;
  readonly name: string;
  readonly holder: string;
  readonly until: number;
  readonly times: LeaseTimes;
}

async function whileHeld(
  { database, name, holder, until, times }: HeldLease,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  let deadline = until;
  let beating: Promise<void> = Promise.resolve();
  const beat = async () => {
    const next = deadlineOf(times);
    const held = await database.leases.take(name, holder, times.lifetimeMs).catch(() => undefined);
    if (held === true) deadline = next;
    if (held === false) lost.abort();
  };
  const heart = setInterval(() => {
    beating = beat();
  }, times.heartbeatMs);
  const watch = setInterval(() => performance.now() > deadline && lost.abort(), times.heartbeatMs / 5);
  try {
    await work(AbortSignal.any([stop, lost.signal]));
  } finally {
    clearInterval(heart);
    clearInterval(watch);
    // Otherwise a pending heartbeat would take the lease again.
    await beating;
    await database.leases.release(name, holder).catch(() => undefined);
  }
}

interface Instance {
  readonly holder: string;
  /** The leases that it holds or is requesting. */
  readonly names: Set<string>;
}

const instances = new WeakMap<Database, Instance>();

/** One holder id per instance, so that it can retake at once a lease that it could not release while the database was away. */
function instanceOf(database: Database): Instance {
  const known = instances.get(database) ?? { holder: randomUUID(), names: new Set<string>() };
  instances.set(database, known);
  return known;
}

/** The name under which this process holds leases in this database: the id of the instance. */
export const holderOf = (database: Database): string => instanceOf(database).holder;
