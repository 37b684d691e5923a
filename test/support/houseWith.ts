import { defined } from '../../src/base/defined.ts';
import { type Contents, contentsOf } from './contents.ts';
import { openHouse, type TestHouse, type TestHouseOptions } from './house.ts';

type Make = (house: TestHouse) => Promise<unknown>;
type Option = keyof TestHouseOptions;

/** Options on which the contents depend, and those on which they do not. Others are not tried. */
const DECISIVE: readonly Option[] = ['policy', 'relyingParty', 'rules'];
const IRRELEVANT: readonly Option[] = [
  ...(['commands', 'limits', 'onError', 'secretKey', 'sendMail', 'warn'] as const),
  ...(['approvalHours', 'typeDelegationTarget', 'typespecCopySources'] as const),
];

/** What says when it was made, such as a ticket, must still be good: older contents are made anew. */
const MAX_AGE_MS = 120_000;

/** Contents are made by the system's clock: they suit a house whose clock begins no further from it than they may be old. */
const isNear = (now: TestHouseOptions['now']) =>
  now === undefined || Math.abs(now().getTime() - Date.now()) < MAX_AGE_MS;

interface Made {
  readonly at: number;
  readonly contents: Contents;
}

const made = new Map<Make, Map<string, Made>>();

/** The options on which the contents depend, as text; undefined if that cannot be told. */
function keyOf(options: TestHouseOptions): string | undefined {
  const given = (Object.keys(options) as Option[]).filter((name) => !IRRELEVANT.includes(name) && name !== 'now');
  if (!isNear(options.now)) return undefined;
  if (given.some((name) => !DECISIVE.includes(name))) return undefined;
  if (!['string', 'undefined'].includes(typeof options.policy)) return undefined;
  return JSON.stringify([options.policy, options.relyingParty, options.rules]);
}

/**
 * A house in which this was done. For several houses with the same options it is done once, and what it has stored is
 * copied, which takes a tenth of the time. Records are not sealed.
 */
export async function houseWith(make: Make, options: TestHouseOptions = {}): Promise<TestHouse> {
  const key = keyOf(options);
  if (key !== undefined) return openHouse({ ...options, contents: await contentsWith(make, key, options) });
  const house = await openHouse(options);
  await make(house);
  return house;
}

async function contentsWith(
  make: Make,
  key: string,
  { policy, relyingParty, rules }: TestHouseOptions,
): Promise<Contents> {
  const known = made.get(make) ?? new Map<string, Made>();
  made.set(make, known);
  const earlier = known.get(key);
  if (earlier !== undefined && Math.abs(Date.now() - earlier.at) < MAX_AGE_MS) return earlier.contents;
  const at = Date.now();
  await using house = await openHouse(defined({ policy, relyingParty, rules }));
  await make(house);
  const contents = await contentsOf(house);
  known.set(key, { at, contents });
  return contents;
}
