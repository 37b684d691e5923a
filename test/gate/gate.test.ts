import { describe, expect, it } from 'vitest';
import { openHouse } from '../support/house.ts';

describe('managing administrators', () => {
  it('adds, lists and removes an admin as the documentation of KBase shows', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'lolcats');
    expect((await house.administer('boss', { command: 'addAdmin', user: 'lolcats' })).result).toBeNull();
    expect((await house.administer('lolcats', { command: 'listAdmins' })).result).toEqual(['boss', 'lolcats']);
    expect((await house.administer('boss', { command: 'removeAdmin', user: 'lolcats' })).result).toBeNull();
    expect(await house.refusal('lolcats', { command: 'listAdmins' })).toBe('not_admin');
  });

  it('refuses to remove, disable or demote a configured administrator, and records it', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    for (const command of [
      { command: 'removeAdmin', user: 'boss' },
      { command: 'disableUser', user: 'boss' },
      { command: 'deleteUser', user: 'boss' },
      { command: 'addAdmin', user: 'boss', params: { role: 'readOnly' } },
    ]) {
      expect(await house.refusal('ann', command)).toBe('protected_admin');
    }
    const refused = (await house.records()).filter((r) => r.error === 'protected_admin');
    expect(refused.map((r) => [r.command, r.outcome])).toEqual([
      ['removeAdmin', 'denied'],
      ['disableUser', 'denied'],
      ['deleteUser', 'denied'],
      ['addAdmin', 'denied'],
    ]);
  });
});

describe('a dry run', () => {
  it('returns exactly the changes that the real call then makes, and leaves only its record', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    const before = [await house.contents('roster'), await house.contents('principals')];
    const dry = await house.administer('boss', { command: 'addAdmin', user: 'ann', dryRun: true });
    expect([await house.contents('roster'), await house.contents('principals')]).toEqual(before);
    const { changes, plan } = dry.result as { changes: unknown[]; plan: string };
    expect(changes).toEqual([
      {
        collection: 'roster',
        id: 'roster',
        op: 'update',
        fields: [
          { path: 'admins[ann]', after: { principal: 'ann', role: 'full', addedAt: '<instant>', addedBy: 'boss' } },
        ],
      },
    ]);
    await house.administer('boss', { command: 'addAdmin', user: 'ann', plan });
    const done = (await house.records()).findLast((r) => r.outcome === 'success');
    expect(done?.changes).toMatchObject([{ fields: [{ path: 'admins[ann]', after: { principal: 'ann' } }] }]);
  });

  it('makes a plan that is refused once the data has changed', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann', 'bea');
    const dry = await house.administer('boss', { command: 'addAdmin', user: 'ann', dryRun: true });
    await house.administer('boss', { command: 'addAdmin', user: 'bea' });
    const { plan } = dry.result as { plan: string };
    expect(await house.refusal('boss', { command: 'addAdmin', user: 'ann', plan })).toBe('plan_stale');
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss', 'bea']);
  });
});

describe('an idempotency key', () => {
  it('carries a call out once, however often it is repeated, even at the same time', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    const call = { command: 'addUser', user: 'ann', idempotencyKey: 'k1' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => house.administer('boss', call)));
    expect(new Set(answers.map((a) => JSON.stringify(a))).size).toBe(1);
    const records = (await house.records()).filter((r) => r.command === 'addUser');
    expect(records.filter((r) => r.outcome === 'success')).toHaveLength(1);
    expect(records.filter((r) => r.outcome === 'replayed')).toHaveLength(19);
    expect(await house.refusal('boss', { ...call, user: 'bea' })).toBe('idempotency_key_reused');
  });
});
