import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openHouse, originOf, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';

const ROUNDS = LONG ? 2 : 1;

/** A clock that only moves when it is set. */
function clock() {
  let at = Date.now();
  return {
    now: () => new Date(at),
    pass: (seconds: number) => {
      at += seconds * 1000;
    },
    in: (seconds: number) => new Date(at + seconds * 1000).toISOString(),
  };
}

/**
 * Asks again until the call is refused for one of the reasons; fails after a second by the wall clock and some slack.
 */
async function untilRefused(
  house: TestHouse,
  user: string,
  command: object,
  reasons: readonly string[],
): Promise<number> {
  const start = performance.now();
  for (;;) {
    const asked = performance.now() - start;
    const reason = await house.administer(user, command).then(
      () => undefined,
      (error) => error.reason,
    );
    if (reason !== undefined) {
      expect(reasons).toContain(reason);
      return asked;
    }
    // No call may succeed that began more than a second after the withdrawal was answered.
    expect(asked).toBeLessThan(1000);
    await sleep(20);
  }
}

describe('an administrator whose right expires', () => {
  it('is one until that time, and from then on refused at step 2 and no longer listed', async () => {
    const time = clock();
    await using house = await openHouse({ now: time.now });
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { expires: time.in(60) } });
    time.pass(59.999);
    expect((await house.administer('ann', { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
    await house.administer('ann', { command: 'addUser', user: 'bea' });
    time.pass(0.001);
    for (const object of [{ command: 'listAdmins' }, { command: 'addUser', user: 'cec' }, null, { command: 'none' }]) {
      expect(await house.refusal('ann', object)).toBe('not_admin');
    }
    expect(await house.refusal('ann', { command: 'addUser', user: 'cec', dryRun: true })).toBe('not_admin');
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
    const { result } = await house.administer('boss', { command: 'listAdmins', params: { detail: true } });
    expect(result).toHaveLength(1);
    const { result: role } = await house.gate.call(
      { name: 'Workspace.get_admin_role', auth: 'required', paramCount: 0, returnsValue: true },
      {
        caller: (await house.signIn('ann')) as never,
        params: [],
        origin: { requestId: 'r', authorization: undefined, address: '-', socketAddress: '-' },
      },
    );
    expect(role).toEqual({ adminrole: 'none' });
  });

  it('gets no answer to their own idempotency key afterwards', async () => {
    const time = clock();
    await using house = await openHouse({ now: time.now });
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { expires: time.in(60) } });
    const call = { command: 'addUser', user: 'bea', idempotencyKey: 'k' };
    await house.administer('ann', call);
    time.pass(61);
    expect(await house.refusal('ann', call)).toBe('not_admin');
  });

  it('may be renewed, and cannot be made with a time in the past', async () => {
    const time = clock();
    await using house = await openHouse({ now: time.now });
    await house.meet('boss', 'ann');
    const add = (expires: string) => ({ command: 'addAdmin', user: 'ann', params: { expires } });
    for (const past of [
      time.in(0),
      time.in(-1),
      '1969-01-01T00:00:00Z',
      '2016-12-31T23:59:60Z',
      '2099-12-31T23:59:60Z',
    ]) {
      expect(await house.refusal('boss', add(past))).toBe('invalid_params');
    }
    await house.administer('boss', add(time.in(60)));
    await house.administer('boss', add(time.in(600)));
    time.pass(300);
    expect((await house.administer('ann', { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    time.pass(3000);
    expect((await house.administer('ann', { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
  });

  it('cannot give a right that lasts longer than their own', async () => {
    const time = clock();
    await using house = await openHouse({ now: time.now });
    await house.meet('boss', 'ann', 'bea');
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { expires: time.in(60) } });
    const add = (params?: object) => ({ command: 'addAdmin', user: 'bea', ...(params && { params }) });
    expect(await house.refusal('ann', add())).toBe('exceeds_own_rights');
    expect(await house.refusal('ann', add({ expires: time.in(61) }))).toBe('exceeds_own_rights');
    await house.administer('ann', add({ expires: time.in(60) }));
    time.pass(60);
    expect(await house.refusal('bea', { command: 'listAdmins' })).toBe('not_admin');
  });
});

describe('a token', () => {
  it('that was accepted is refused once it has expired', async () => {
    const time = clock();
    await using house = await openHouse({ now: time.now });
    const method = house.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const origin = originOf('boss');
    expect((await house.gate.identify(method, origin))?.name).toBe('boss');
    time.pass(3600 + 31);
    await expect(house.gate.identify(method, origin)).rejects.toMatchObject({ reason: 'token_invalid' });
  });
});

const CUT_OFF = ['not_admin', 'account_disabled', 'account_closed', 'rights_required'];

describe.each([
  ['disabled', { command: 'disableUser', user: 'ann' }],
  ['closed', { command: 'deleteUser', user: 'ann' }],
  ['no longer an administrator', { command: 'removeAdmin', user: 'ann' }],
] as const)('an administrator who is %s', (_, withdrawal) => {
  it('is refused at once for any call', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('ann', { command: 'listAdmins' });
    await house.administer('boss', withdrawal);
    for (const command of [
      { command: 'listAdmins' },
      { command: 'addUser', user: 'x' },
      { command: 'addAdmin', user: 'ann' },
      { command: 'addUser', user: 'x', dryRun: true },
    ]) {
      await expect(house.administer('ann', command)).rejects.toSatisfy((e) => CUT_OFF.includes(e.reason));
    }
  });

  it('is refused on another instance: at once what it writes, within a second what it reads', async () => {
    await using house = await openHouse();
    await using second = await openHouse({ beside: house });
    await house.meet('boss', 'ann');
    for (let round = 0; round < ROUNDS; round += 1) {
      await house.administer('boss', { command: 'enableUser', user: 'ann' }).catch(() => undefined);
      const user = (await house.signIn('ann').catch(() => undefined))?.name;
      if (user === undefined) break;
      await house.administer('boss', { command: 'addAdmin', user });
      // The other instance has everything fresh in its cache.
      await untilTaken(second, 'ann');
      await house.administer('boss', withdrawal);
      const before = await house.contents('principals');
      const writes = [
        { command: 'addUser', user: `x${round}` },
        { command: 'addAdmin', user: 'ann' },
        { command: 'setConfig', params: { set: {} } },
        { command: 'addUser', user: `y${round}`, dryRun: true },
      ];
      const refusals = await Promise.all(writes.map((w) => second.refusal('ann', w)));
      for (const reason of refusals) expect(CUT_OFF).toContain(reason);
      expect(await house.contents('principals')).toEqual(before);
      await untilRefused(second, 'ann', { command: 'listAdmins' }, CUT_OFF);
    }
  });
});

async function untilTaken(house: TestHouse, user: string): Promise<void> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const taken = await house.administer(user, { command: 'listAdmins' }).then(
      () => true,
      () => false,
    );
    if (taken) return;
    if (Date.now() > deadline) throw new Error(`${user} never was an administrator`);
  }
}

describe('an administrator who is demoted or limited', () => {
  it.each([
    ['read-only', { role: 'readOnly' }, 'rights_required'],
    ['limited to other commands', { commands: ['listAdmins'] }, 'command_not_allowed'],
    ['limited to acting as somebody', { as: ['boss'] }, 'command_not_allowed'],
  ])('can no longer write on another instance: %s', async (_, params, reason) => {
    await using house = await openHouse();
    await using second = await openHouse({ beside: house });
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await untilTaken(second, 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params });
    expect(await second.refusal('ann', { command: 'addUser', user: 'x' })).toBe(reason);
    expect((await house.contents('principals')).map((p) => p.username)).toEqual(['ann', 'boss']);
  });

  it('cannot finish calls that began before', async () => {
    await using house = await openHouse();
    await using second = await openHouse({ beside: house });
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await untilTaken(second, 'ann');
    const burst = Array.from({ length: 40 }, (_, i) => second.administer('ann', { command: 'addUser', user: `u${i}` }));
    const removed = house.administer('boss', { command: 'removeAdmin', user: 'ann' });
    await Promise.allSettled([...burst, removed]);
    const after = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => second.administer('ann', { command: 'addUser', user: `v${i}` })),
    );
    expect(after.map((a) => a.status)).toEqual(Array.from({ length: 10 }, () => 'rejected'));
    // Each call that succeeded before has one record.
    const made = (await house.contents('principals')).map((p) => String(p.username));
    const recorded = (await house.records()).filter((r) => r.command === 'addUser' && r.outcome === 'success');
    expect(recorded).toHaveLength(made.length - 2);
  });
});
