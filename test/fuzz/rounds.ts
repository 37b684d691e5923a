import fc from 'fast-check';
import { LONG, spread } from '../support/long.ts';

/** What `npm run fuzz` sets; without it, each kind of input is tried for one short round with a fixed seed. */
const minutes = Number(process.env.STEWARD_FUZZ_MINUTES ?? 0);
const first = Number(process.env.STEWARD_FUZZ_SEED ?? 1);

/** Inputs of a round of `npm run fuzz`; every round begins with a new database. */
const PER_ROUND = 400;

/** Time enough for the last round to end. */
const LAST_ROUND_MS = 300_000;

/** The timeout of a test of `kinds` that share the time, in milliseconds. */
export const timeoutFor = (kinds: number): number => (minutes * 60_000) / kinds + LAST_ROUND_MS;

/** One round: `count` inputs that the seed determines. Resolves to what they broke. */
export type Round = (inputs: { readonly seed: number; readonly count: number }) => Promise<readonly string[]>;

/**
 * Runs rounds until the share of the time is over, each with the next seed: one, of `short` inputs, in `npm test`, and
 * one of `long` in the long run.
 *
 * @param kinds how many kinds of input share the time
 * @throws Error which says what was broken, and how to repeat it
 */
export async function fuzz(
  round: Round,
  { short, long, kinds }: { short: number; long: number; kinds: number },
): Promise<void> {
  const until = Date.now() + (minutes * 60_000) / kinds;
  const count = minutes > 0 ? PER_ROUND : LONG ? long : short;
  for (let seed = first; ; seed += 1) {
    const broken = await round({ seed, count });
    if (broken.length > 0) {
      const repeat = minutes > 0 ? `Repeat it with: npm run fuzz -- --minutes 1 --seed ${seed}` : 'The seed is fixed';
      throw new Error(`${broken.length} inputs broke something. ${repeat}\n${broken.slice(0, 20).join('\n')}`);
    }
    if (Date.now() >= until) return;
  }
}

/** As many values of each in turn, that the seed determines; each seed begins with another of them. */
export function inTurnOf<T>(
  arbitraries: readonly fc.Arbitrary<T>[],
  { seed, count }: { seed: number; count: number },
): T[] {
  const offset = Math.abs(seed - 1) * count;
  const turns = spread(arbitraries, count);
  return Array.from({ length: count }, (_, i) => turns[(offset + i) % turns.length]).flatMap((one, i) =>
    one === undefined ? [] : fc.sample(one, { seed: seed * 1_000_003 + i, numRuns: 1 }),
  );
}
