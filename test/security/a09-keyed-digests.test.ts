import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/store/changes.ts';
import { saveParams } from '../domain/objects/savingWorld.ts';
import { peopledHouse } from '../gate/calls.ts';
import { openHouse, type StoredRecord, type TestHouse } from '../support/house.ts';

const PASSWORD = 'correct horse';
const DATA = '{"n":7}';
const META = { k1: 'x'.repeat(600), k2: 'y'.repeat(600) };
const STORED_META = Object.entries(META).map(([key, value]) => ({ key, value }));
const PROVENANCE = [{ description: 'd'.repeat(1_200) }];

const setPassword = (password: string, more: object = {}) => ({
  ...{ command: 'setPassword', user: 'bea', params: { password } },
  ...more,
});
/** Refused before its parameters are read, after a part of them was, and with more than is kept. */
const REFUSED = [
  ['boss', setPassword(PASSWORD, { unknown: 1 })],
  ['boss', { ...setPassword(PASSWORD), params: { password: PASSWORD, unknown: 1 } }],
  ['ann', setPassword(PASSWORD)],
  ['reader', setPassword(PASSWORD)],
  ['boss', setPassword(PASSWORD, { reason: '' })],
  ['boss', setPassword(PASSWORD, { dryRun: 'yes' })],
] as const;
const WRITTEN = [
  setPassword(PASSWORD, { idempotencyKey: 'key 1' }),
  setPassword(PASSWORD),
  setPassword('another one'),
  { command: 'createStaff', params: { username: 'newstaff', password: PASSWORD } },
];
const SAVE = saveParams([
  { type: 'Owned.Thing', name: 'private', data: JSON.parse(DATA), meta: META, provenance: PROVENANCE },
]);

let house: TestHouse;
/** Everything that the audit shows to the read-only admin `reader`. */
let shown: StoredRecord[];
beforeAll(async () => {
  house = await peopledHouse();
  for (const [user, call] of REFUSED) await house.administer(user, call).catch(() => undefined);
  for (const call of WRITTEN) await house.administer('boss', call);
  await house.administer('boss', { command: 'saveObjects', user: 'ann', params: SAVE });
  shown = await allRecords(house, 'reader');
});
afterAll(() => house[Symbol.asyncDispose]());

async function allRecords({ administer }: TestHouse, user: string): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  let cursor: string | undefined;
  do {
    const params = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const { result } = await administer(user, { command: 'getAudit', params });
    const page = result as { records: StoredRecord[]; next?: string };
    found.push(...page.records);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** The plausible texts of a guess: alone, as a parameter, a call, with what is known beside it, each as JSON. */
function formsOf(password: string): string[] {
  const params = { password };
  const calls = [...REFUSED.map(([, call]) => call), ...WRITTEN].map((call) =>
    JSON.parse(JSON.stringify(call).replaceAll(JSON.stringify(PASSWORD), JSON.stringify(password))),
  );
  const values: unknown[] = [
    password,
    params,
    { user: 'bea', ...params },
    ['setPassword', 'bea', null, params, null],
    ['setPassword', 'bea', params],
    ['bea', password],
    ...calls,
    ...calls.map((call) => call.params),
    ...calls.map((call) => [call]),
  ];
  return [password, ...values.flatMap((value) => [canonicalJson(value), JSON.stringify(value)])];
}

const contentForms = [
  DATA,
  `${DATA}\n`,
  ...[META, STORED_META, PROVENANCE, DATA, JSON.parse(DATA)].map((v) => canonicalJson(v)),
];

/** All digests of the texts in the usual forms. */
function digestsOf(texts: readonly string[]): Set<string> {
  const digests = new Set<string>();
  for (const algorithm of ['md5', 'sha1', 'sha256', 'sha384', 'sha512']) {
    for (const text of texts) {
      const bytes = createHash(algorithm).update(text).digest();
      for (const encoding of ['hex', 'base64', 'base64url'] as const) digests.add(bytes.toString(encoding));
    }
  }
  return digests;
}

/** Whatever in the text may be a digest. */
const candidatesIn = (text: string) => text.match(/[A-Za-z0-9+/_-]{22,}={0,2}/g) ?? [];

describe('A9: whoever reads the audit', () => {
  it('sees the calls, each with something that stands for what was sent', () => {
    const refused = shown.filter((r) => r.command === 'setPassword' && r.paramsDigest !== undefined);
    expect(refused).toHaveLength(REFUSED.length);
    for (const { paramsDigest } of refused) expect(paramsDigest).toMatch(/^hmac:[0-9a-f]{64}$/);
    expect(JSON.stringify(shown)).not.toContain(PASSWORD);
    expect(candidatesIn(JSON.stringify(shown)).length).toBeGreaterThan(50);
  });

  it('finds no password by a dictionary', () => {
    const guesses = digestsOf(['password', '123456', PASSWORD, 'another one'].flatMap(formsOf));
    expect(candidatesIn(JSON.stringify(shown)).filter((text) => guesses.has(text))).toEqual([]);
  });

  it('finds no data that was saved, short or long, by guessing it', () => {
    const guesses = digestsOf(contentForms);
    const save = shown.find((r) => r.command === 'saveObjects' && JSON.stringify(r.params).includes('private'));
    expect(save).toMatchObject({ params: { objects: [{ data: { bytes: DATA.length } }] } });
    expect(candidatesIn(JSON.stringify(shown)).filter((text) => guesses.has(text))).toEqual([]);
  });

  it('learns nothing from sending guesses and comparing what they leave', async () => {
    const others = shown.filter((r) => (r.actor as { name: string }).name !== 'reader');
    const digests = new Set(others.map((r) => r.paramsDigest).filter((digest) => digest !== undefined));
    for (const [, call] of REFUSED) await house.administer('reader', call).catch(() => undefined);
    const own = (await allRecords(house, 'reader')).slice(shown.length).map((r) => r.paramsDigest);
    expect(own.filter((digest) => typeof digest === 'string')).toHaveLength(REFUSED.length);
    expect(own.filter((digest) => digests.has(digest as string))).toEqual([]);
  });
});

describe('A9: a keyed digest', () => {
  it('is the same for the same secret, and another for another', () => {
    const used = shown.filter((r) => r.command === 'setPassword' && r.outcome === 'success');
    const [first, second, third] = used.map((r) => (r.params as { password: string }).password);
    expect(first).toMatch(/^hmac:[0-9a-f]{64}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('is the same for the same refused call of one person, and another for that of another person', async () => {
    const digestOf = async (user: string) => {
      await house.refused(user, setPassword(PASSWORD, { unknown: 1 }));
      return (await house.records()).at(-1)?.paramsDigest;
    };
    const digest = await digestOf('boss');
    expect(await digestOf('boss')).toBe(digest);
    expect(await digestOf('cec')).not.toBe(digest);
  });

  it('stands in the stored answer to an idempotency key, which a repeated call still meets', async () => {
    const [stored] = await house.contents('idempotency');
    expect(stored?.request).toMatch(/^hmac:[0-9a-f]{64}$/);
    const guesses = digestsOf([PASSWORD].flatMap(formsOf));
    expect(candidatesIn(JSON.stringify(stored)).filter((text) => guesses.has(text))).toEqual([]);
    const again = await house.administer('boss', setPassword(PASSWORD, { idempotencyKey: 'key 1' }));
    expect(again.receipt).toEqual(stored?.receipt);
    expect(await house.refusal('boss', setPassword('other', { idempotencyKey: 'key 1' }))).toBe(
      'idempotency_key_reused',
    );
  });

  it('is what a plan is known by: the plan holds, and without the key nobody makes the same', async () => {
    const planIn = async ({ administer }: TestHouse) => {
      const { result } = await administer('boss', setPassword(PASSWORD, { dryRun: true }));
      return (result as { plan: string }).plan;
    };
    await using one = await openHouse();
    await using other = await openHouse();
    for (const { meet } of [one, other]) await meet('boss', 'bea');
    const plan = await planIn(one);
    expect(await planIn(one)).toBe(plan);
    expect(await planIn(other)).not.toBe(plan);
    await one.administer('boss', setPassword(PASSWORD, { plan }));
    expect(await one.refusal('boss', setPassword(PASSWORD, { plan }))).toBe('plan_stale');
  });
});
