import { refuse } from '../../base/errors.ts';
import type { Database } from '../../store/database.ts';
import { SharedRate } from '../../store/sharedRate.ts';

const MINUTE = 60;

export interface RateLimits {
  /** How many calls an identified caller may make in a minute; not bounded if undefined. */
  readonly maxCallsPerMinute: number | undefined;
  /** How many calls without a token may come from one address. */
  readonly maxAnonymousCallsPerMinute: number | undefined;
}

/** Limits on how often callers call, over all instances together. */
export class CallRates {
  readonly #identified: SharedRate | undefined;
  readonly #anonymous: SharedRate | undefined;

  constructor(database: Database, { maxCallsPerMinute, maxAnonymousCallsPerMinute }: RateLimits) {
    const rate = (what: string, points: number | undefined) =>
      points === undefined ? undefined : new SharedRate(database, { what, points, withinSeconds: MINUTE });
    this.#identified = rate('calls', maxCallsPerMinute);
    this.#anonymous = rate('anonymousCalls', maxAnonymousCallsPerMinute);
  }

  /**
   * Counts a call.
   *
   * @param caller the id of the caller, or undefined without a token
   * @throws rate_limited
   */
  async count(caller: string | undefined, site: string): Promise<void> {
    const rate = caller === undefined ? this.#anonymous : this.#identified;
    const waitMs = (await rate?.take(caller ?? site)) ?? 0;
    if (waitMs > 0) throw refuse('rate_limited', Math.ceil(waitMs / 1_000));
  }
}
