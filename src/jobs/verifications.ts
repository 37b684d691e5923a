import { refuse } from '../base/errors.ts';
import { collection, type Stored } from '../store/collection.ts';
import { type Database, isUnavailable } from '../store/database.ts';
import { timeOrderedId } from '../store/ids.ts';
import { transact } from '../store/transact.ts';
import { underLease } from '../store/underLease.ts';

/** How far a verification is. */
export interface VerificationProgress {
  readonly phase: string;
  readonly done: number;
}

/** A verification that somebody asked for. It only reads, so it has no records of its own, and no part of it is repeated. */
export interface Verification extends Stored {
  readonly kind: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly progress?: VerificationProgress;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  readonly report?: object;
  /** Why it failed, for administrators. */
  readonly problem?: string;
}

const KEPT_SECONDS = 30 * 86_400;

export const verifications = collection<Verification>('verifications', {
  indexes: [{ key: { endedAt: 1 }, name: 'ended', expireAfterSeconds: KEPT_SECONDS }],
});

/** What a kind of verification does. */
export type Verify = (under: {
  readonly signal: AbortSignal;
  readonly progress: (progress: VerificationProgress) => Promise<void>;
}) => Promise<object>;

interface VerificationsOptions {
  readonly database: Database;
  readonly now: () => Date;
  readonly kinds: Readonly<Record<string, Verify>>;
  readonly onError: (error: unknown) => void;
}

/** How often progress is stored. */
const STORED_EVERY_MS = 1_000;
const ASKED_EVERY_MS = 50;

/**
 * Carries out verifications, each on one instance, under a lease. If that instance ends, another one begins it again: what it
 * had found lives in temporary files.
 */
export class Verifications {
  readonly #options: VerificationsOptions;
  readonly #active = new Map<string, Promise<unknown>>();
  readonly #stop = new AbortController();
  #signal: AbortSignal | undefined;

  constructor(options: VerificationsOptions) {
    this.#options = options;
  }

  /** Begins one, unless one of this kind is running. */
  async begin(kind: string): Promise<Verification> {
    const { database, now } = this.#options;
    const begun = await transact(database, { now }, async (tx) => {
      const [running] = await tx.aside.find(verifications, { kind, state: 'running' }, { limit: 1 });
      if (running !== undefined) return running;
      return tx.insert(verifications, { _id: timeOrderedId(), kind, state: 'running', startedAt: tx.now });
    });
    this.#carryOut(begun);
    return begun;
  }

  /** @throws verification_unknown */
  async get(id: string, kind: string): Promise<Verification> {
    const found = await this.#options.database.get(verifications, id);
    if (found === null || found.kind !== kind) throw refuse('verification_unknown', id);
    return found;
  }

  /** The verification when it has ended, or after this time. */
  async ended(id: string, kind: string, withinMs: number): Promise<Verification> {
    const until = performance.now() + withinMs;
    for (;;) {
      const found = await this.get(id, kind);
      if (found.state !== 'running' || performance.now() >= until) return found;
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
    }
  }

  /** Begins work on those that no instance holds. When the signal aborts, all work ends, and another instance goes on. */
  async turn(signal: AbortSignal): Promise<void> {
    if (this.#signal === undefined) signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    this.#signal = signal;
    const found = await this.#options.database.find(verifications, { state: 'running' }, { limit: 10 });
    for (const running of found) this.#carryOut(running);
  }

  /** Resolves when all begun work has ended. */
  async settled(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active.values());
  }

  #carryOut({ _id: id, kind }: Verification): void {
    if (this.#active.has(id)) return;
    const { database, onError } = this.#options;
    const stop = this.#stop.signal;
    const work = underLease(database, { name: `verification:${id}`, stop }, (held) => this.#run(id, kind, held))
      .catch((error) => (isUnavailable(error) || stop.aborted ? undefined : onError(error)))
      .finally(() => this.#active.delete(id));
    this.#active.set(id, work);
  }

  async #run(id: string, kind: string, signal: AbortSignal): Promise<void> {
    const verify = this.#options.kinds[kind];
    if (verify === undefined) return;
    let stored = performance.now();
    const progress = async (made: VerificationProgress) => {
      if (performance.now() - stored < STORED_EVERY_MS) return;
      stored = performance.now();
      await this.#update(id, { progress: made });
    };
    try {
      const report = await verify({ signal, progress });
      await this.#update(id, { state: 'done', report });
    } catch (error) {
      // Another instance goes on, or this one once the database is there again.
      if (signal.aborted || isUnavailable(error)) throw error;
      await this.#update(id, { state: 'failed', problem: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  /** Changes it while it is running. */
  async #update(id: string, fields: Partial<Verification>): Promise<void> {
    const { database, now } = this.#options;
    await transact(database, { now }, async (tx) => {
      const present = await tx.get(verifications, id);
      if (present === null || present.state !== 'running') return;
      const ended = fields.state === undefined ? {} : { endedAt: tx.now };
      await tx.update(verifications, present, { ...present, ...fields, ...ended });
    });
  }
}
