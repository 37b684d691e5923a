import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KbaseAuthService } from '../../src/identity/kbaseAuthService.ts';
import { KbaseSource } from '../../src/identity/kbaseSource.ts';
import { KBASE_ISSUER } from '../../src/identity/token.ts';
import type { Change } from '../../src/store/changes.ts';
import { openHouse, type TestHouse, type TestHouseOptions } from '../support/house.ts';
import { type AuthServer, startAuthServer } from '../support/kbaseAuth.ts';

const STRANGERS = ['newann', 'newbea', 'newcec', 'newdan'];
const BOSS = { token: 'tok-boss' };

let auth: AuthServer;
beforeAll(async () => {
  auth = await startAuthServer(Object.fromEntries(['boss', 'old', ...STRANGERS].map((user) => [user, []])));
});
afterAll(() => auth[Symbol.asyncDispose]());

/** A house whose users are those of a KBase auth service, of whom it has seen `boss` and `old`. */
async function openKbaseHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const tokens = new KbaseSource(new KbaseAuthService(auth.url));
  const house = await openHouse({ tokens, issuer: KBASE_ISSUER, ...options });
  for (const user of ['boss', 'old']) await house.signIn({ token: `tok-${user}` });
  return house;
}

const strangersIn = async (house: TestHouse) =>
  (await house.contents('principals')).map((p) => String(p.username)).filter((name) => STRANGERS.includes(name));

/** Everybody whom a record says that it made known. */
const recordedStrangers = async (house: TestHouse) =>
  (await house.records())
    .flatMap((r) => r.changes as Change[])
    .flatMap((c) =>
      c.op === 'insert' && c.collection === 'principals'
        ? [String((c.after as { readonly username: unknown }).username)]
        : [],
    )
    .filter((name) => STRANGERS.includes(name));

/** One call for each stranger, all under one key and at the same time. */
const callsFor = (make: (stranger: string) => object) =>
  STRANGERS.map((stranger) => ({ ...make(stranger), idempotencyKey: 'the same key' }));

describe('A6: calls under one idempotency key that is used for something else', () => {
  it.each<[string, (stranger: string) => object]>([
    ['act as users unknown here', (user) => ({ command: 'createWorkspace', user, params: { workspace: `${user}:w` } })],
    ['name users unknown here', (user) => ({ command: 'addAdmin', user })],
    [
      'name users unknown here among their parameters',
      (user) => ({ command: 'createRole', params: { name: `role of ${user}`, members: [user] } }),
    ],
  ])('%s: nobody is made known, no number is drawn, and each leaves one record', async (_, make) => {
    await using house = await openKbaseHouse();
    const before = (await house.records()).length;
    const outcomes = await Promise.all(
      callsFor(make).map((call) =>
        house.administer(BOSS, call).then(
          () => 'success',
          (error) => error.reason,
        ),
      ),
    );
    const refused = ['idempotency_key_reused', 'idempotency_key_reused', 'idempotency_key_reused'];
    expect(outcomes.toSorted()).toEqual([...refused, 'success']);
    const winner = STRANGERS[outcomes.indexOf('success')];
    expect(await strangersIn(house)).toEqual([winner]);
    expect(await recordedStrangers(house)).toEqual([winner]);
    const left = (await house.records()).slice(before).map((r) => r.error ?? r.outcome);
    expect(left.toSorted()).toEqual([...refused, 'success']);
    await expectNextWorkspace(house);
  });

  it('are judged alike by two instances of the service', async () => {
    await using house = await openKbaseHouse();
    await using second = await openKbaseHouse({ beside: house });
    const make = (user: string) => ({ command: 'createWorkspace', user, params: { workspace: `${user}:w` } });
    const outcomes = await Promise.allSettled(
      callsFor(make).map((call, i) => (i % 2 === 0 ? house : second).administer(BOSS, call)),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    const winner = STRANGERS[outcomes.findIndex((o) => o.status === 'fulfilled')];
    expect(await strangersIn(house)).toEqual([winner]);
    expect(await recordedStrangers(house)).toEqual([winner]);
    await expectNextWorkspace(house, second);
  });
});

describe('A6: calls under one idempotency key that are the same call', () => {
  it('that acts as a user unknown here is carried out once and answered every time', async () => {
    await using house = await openKbaseHouse();
    await using second = await openKbaseHouse({ beside: house });
    const params = { workspace: 'newann:w' };
    const call = { command: 'createWorkspace', user: 'newann', params, idempotencyKey: 'k' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? house : second).administer(BOSS, call)),
    );
    expect(new Set(answers.map((a) => JSON.stringify(a))).size).toBe(1);
    expect(await strangersIn(house)).toEqual(['newann']);
    const outcomes = (await house.records()).filter((r) => r.command === 'createWorkspace').map((r) => r.outcome);
    expect(outcomes.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'replayed'), 'success']);
    await expectNextWorkspace(house, second);
  });
});

/** The next workspace has the number after the highest that there is, of the instance that has it to give. */
async function expectNextWorkspace(house: TestHouse, ...others: TestHouse[]): Promise<void> {
  const numbers = (await house.contents('workspaces')).map((r) => Number(r.number ?? 0));
  const given: number[] = [];
  for (const [i, instance] of [house, ...others].entries()) {
    const call = { command: 'createWorkspace', user: 'old', params: { workspace: `old:next${i}` } };
    const { result } = await instance.administer(BOSS, call);
    given.push(Number((result as unknown[])[0]));
  }
  expect(Math.min(...given)).toBe(Math.max(0, ...numbers) + 1);
}
