import { siteOf } from '../base/addresses.ts';
import { Attempts, Tally } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';

const WITHIN_SECONDS = 15 * 60;

/** Guesses without a pause, for one target from one site. */
const FREE_OF_ONE = 10;
/** The same for all targets together, from one site, which may be the proxy of many people. */
const FREE_OF_ALL = 200;

/**
 * How many free guesses a site has for a target once so many were made from everywhere. It is never less than two, so
 * that somebody with the right password does not wait because of others.
 */
const FREE_AFTER = [
  { guesses: 1_000, free: 2 },
  { guesses: 100, free: 3 },
] as const;

/**
 * Bounds the guesses at secrets. A site (an IPv4 address, or an IPv6 network of 64 bits) that guesses is slowed down.
 * Guesses from other sites lock nobody out: they only reduce the free guesses of each site.
 */
export class Guesses {
  readonly #perTarget: Tally;
  readonly #perBoth: Attempts;
  readonly #perSite: Attempts;

  /** @param what is guessed; each kind is counted separately */
  constructor(database: Database, what: string) {
    const withinSeconds = WITHIN_SECONDS;
    const perBoth = { free: FREE_OF_ONE, withinSeconds, firstPauseSeconds: 5, longestPauseSeconds: 60 };
    const perSite = { free: FREE_OF_ALL, withinSeconds, firstPauseSeconds: 1, longestPauseSeconds: 15 };
    this.#perTarget = new Tally(database, `${what}Of`, withinSeconds);
    this.#perBoth = new Attempts(database, { what, ...perBoth });
    this.#perSite = new Attempts(database, { what: `${what}From`, ...perSite });
  }

  /**
   * Runs the check of a guess, and counts the guess if it is wrong.
   *
   * @param target whose secret it is, such as a user name
   * @param check throws if the guess is wrong
   * @throws too_many_attempts, and what `check` throws
   */
  async counted<T>(target: string, address: string, check: () => Promise<T>): Promise<T> {
    const site = siteOf(address);
    const both = JSON.stringify([target, site]);
    await this.#perSite.count(site);
    const guesses = await this.#perTarget.add(target);
    try {
      await this.#perBoth.count(both, FREE_AFTER.find((step) => guesses > step.guesses)?.free);
    } catch (error) {
      await this.#perTarget.takeBack(target);
      await this.#perSite.takeBack(site);
      throw error;
    }
    const answer = await check();
    await this.#perBoth.takeBack(both);
    await this.#perTarget.takeBack(target);
    await this.#perSite.takeBack(site);
    return answer;
  }
}
