import { siteOf } from '../base/addresses.ts';
import { Attempts, Tally } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';

const WITHIN_SECONDS = 15 * 60;

/** For one name, from one site. */
const FREE_OF_ONE = 10;
/** For all names together, from one site, which may be the proxy of many people. */
const FREE_OF_ALL = 200;

/**
 * How many guesses one site has for a name that so many were made of from everywhere: the more, the fewer. It is never
 * less than two, so that somebody with the right password does not wait for what others do.
 */
const FREE_AFTER = [
  { guesses: 1_000, free: 2 },
  { guesses: 100, free: 3 },
] as const;

/**
 * Bounds the guesses at secrets. A site (an IPv4 address, an IPv6 network of 64 bits) that guesses is slowed down; nobody
 * can be locked out by what comes from other sites, however many: that only leaves fewer guesses to each of them.
 */
export class Guesses {
  readonly #perTarget: Tally;
  readonly #perBoth: Attempts;
  readonly #perSite: Attempts;

  /** @param what is guessed: counted apart from other things. */
  constructor(database: Database, what: string) {
    const within = { withinSeconds: WITHIN_SECONDS };
    this.#perTarget = new Tally(database, `${what}Of`, WITHIN_SECONDS);
    this.#perBoth = new Attempts(database, {
      ...{ what, free: FREE_OF_ONE, ...within },
      ...{ firstPauseSeconds: 5, longestPauseSeconds: 60 },
    });
    this.#perSite = new Attempts(database, {
      ...{ what: `${what}From`, free: FREE_OF_ALL, ...within },
      ...{ firstPauseSeconds: 1, longestPauseSeconds: 15 },
    });
  }

  /**
   * Runs what tells whether the guess is right, and counts it unless it is.
   *
   * @param target whose secret it is, such as a name
   * @param check throws where the guess is wrong
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
