import { siteOf } from '../base/addresses.ts';
import { AttemptCounter, Attempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';

const WITHIN_SECONDS = 15 * 60;

/** Guesses without a pause, for one target from one site. */
const UNPAUSED_PER_TARGET = 10;
/** The same for all targets together, from one site, which may be a proxy that many people share. */
const UNPAUSED_PER_SITE = 200;

/**
 * The guesses without a pause, for one target from one site, once this many guesses were made from all sites. At least two,
 * so that somebody with the right password does not wait because of others.
 */
const UNPAUSED_AFTER = [
  { guesses: 1_000, unpaused: 2 },
  { guesses: 100, unpaused: 3 },
] as const;

/**
 * Bounds the guesses at secrets. A site (an IPv4 address, or an IPv6 network of 64 bits) that guesses is slowed down.
 * Guesses from other sites lock nobody out: they only reduce the guesses without a pause of each site.
 */
export class Guesses {
  readonly #perTarget: AttemptCounter;
  readonly #perBoth: Attempts;
  readonly #perSite: Attempts;

  /** @param what is guessed; each kind is counted separately */
  constructor(database: Database, what: string) {
    const withinSeconds = WITHIN_SECONDS;
    const perBoth = { unpaused: UNPAUSED_PER_TARGET, withinSeconds, firstPauseSeconds: 5, longestPauseSeconds: 60 };
    const perSite = { unpaused: UNPAUSED_PER_SITE, withinSeconds, firstPauseSeconds: 1, longestPauseSeconds: 15 };
    this.#perTarget = new AttemptCounter(database, `${what}Of`, withinSeconds);
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
      await this.#perBoth.count(both, UNPAUSED_AFTER.find((step) => guesses > step.guesses)?.unpaused);
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
