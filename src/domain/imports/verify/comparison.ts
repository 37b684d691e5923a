import type { Database } from '../../../store/database.ts';
import { type Finding, Findings } from '../findings.ts';
import type { Sources } from '../step.ts';
import { UserLookup } from './userLookup.ts';

/** How many items of a kind were compared, and what differs. */
export interface Check {
  readonly check: string;
  /** How many KBase has; absent where only what is here is checked. */
  readonly inKbase?: number;
  readonly here: number;
  readonly differences: number;
}

export interface VerifyReport {
  /** The hosts and the name of KBase's database. */
  readonly source: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** What differs, with its id in KBase: at most a thousand. */
  readonly differences: readonly Finding<string>[];
  /** How many differences are not listed. */
  readonly more: number;
}

interface Count {
  readonly inKbase?: number;
  readonly here: number;
}

/** A comparison of KBase's databases with what is here, and what it has found so far. */
export class Comparison {
  readonly sources: Sources;
  readonly database: Database;
  readonly users: UserLookup;
  readonly #signal: AbortSignal;
  readonly #report: (checks: readonly Check[]) => void;
  readonly #counts = new Map<string, Count>();
  readonly #findings = new Findings<string>();

  constructor(options: {
    readonly sources: Sources;
    readonly database: Database;
    /** Ends the comparison. */
    readonly signal: AbortSignal;
    /** Told after each page. */
    readonly report: (checks: readonly Check[]) => void;
  }) {
    this.sources = options.sources;
    this.database = options.database;
    this.#signal = options.signal;
    this.#report = options.report;
    this.users = new UserLookup(options.database, (name) => this.differs('users', name, 'nobody has this name here'));
  }

  /** Adds what was compared since the last call. @throws the reason of the signal */
  count(check: string, { inKbase, here }: Count): void {
    const before = this.#counts.get(check) ?? { here: 0 };
    this.#counts.set(check, {
      ...(inKbase === undefined ? {} : { inKbase: (before.inKbase ?? 0) + inKbase }),
      here: before.here + here,
    });
    this.#report(this.checks);
    this.#signal.throwIfAborted();
  }

  /** @param id what differs, as KBase names it */
  differs(check: string, id: string, why: string): void {
    this.#findings.add(check, id, why);
  }

  get checks(): readonly Check[] {
    const { counts } = this.#findings;
    const without = Object.keys(counts).filter((check) => !this.#counts.has(check));
    return [...this.#counts, ...without.map((check) => [check, { here: 0 }] as const)].map(([check, count]) => ({
      check,
      ...count,
      differences: counts[check] ?? 0,
    }));
  }

  result(): VerifyReport {
    const { listed, total } = this.#findings;
    return {
      source: this.sources.workspace.place,
      ok: total === 0,
      checks: this.checks,
      differences: listed,
      more: total - listed.length,
    };
  }
}
