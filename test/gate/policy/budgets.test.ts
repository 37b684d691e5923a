import { beforeEach, describe, expect, it } from 'vitest';
import { openHouse, type TestHouse } from '../../support/house.ts';

const OWNERS = ['o1', 'o2', 'o3', 'o4'];
const POLICY = `
budgets:
  - {name: curious, who: [readOnlyAdmins], owners: 2, require: {reason: true}}
  - {name: very-curious, who: [readOnlyAdmins], owners: 3, require: {reason: '^AUDIT-'}}
`;

describe('a budget for reads', () => {
  const clock = { at: new Date('2026-11-25T12:00:00Z') };
  let house: TestHouse;
  const read = (n: number, more: object = {}) => ({ command: 'getWorkspaceInfo', params: { id: n }, ...more });

  beforeEach(async () => {
    clock.at = new Date('2026-11-25T12:00:00Z');
    house = await openHouse({ policy: POLICY, now: () => clock.at });
    await house.meet('ron', 'rea', ...OWNERS);
    for (const user of ['ron', 'rea']) {
      await house.administer('boss', { command: 'addAdmin', user, params: { role: 'readOnly' } });
    }
    for (const [i, user] of OWNERS.entries()) {
      await house.administer('boss', { command: 'createWorkspace', user, params: { workspace: `w${i}` } });
    }
    return () => house[Symbol.asyncDispose]();
  });

  it('asks for more once a caller reads the data of more owners within an hour, and shows nothing before', async () => {
    await house.administer('ron', read(1));
    await house.administer('ron', read(2));
    await house.administer('ron', read(1));
    const error = await house.refused('ron', read(3));
    expect(error.message).toBe('The policy asks for a reason for getWorkspaceInfo (rule curious)');
    expect((await house.records()).at(-1)).toMatchObject({ outcome: 'denied', error: 'reason_required' });
    // What was refused does not count, and what was read before is read again.
    await house.administer('ron', read(2));
    await house.administer('ron', read(3, { reason: 'asked by its owner' }));
    expect(await house.refusal('ron', read(4, { reason: 'asked by its owner' }))).toBe('reason_required');
    await house.administer('ron', read(4, { reason: 'AUDIT-7' }));
  });

  it('counts for each caller by themselves, and not for others', async () => {
    for (const n of [1, 2]) await house.administer('ron', read(n));
    for (const n of [1, 2]) await house.administer('rea', read(n));
    for (const n of [1, 2, 3, 4]) await house.administer('boss', read(n));
    expect(await house.refusal('rea', read(3))).toBe('reason_required');
  });

  it('is free again after an hour', async () => {
    for (const n of [1, 2]) await house.administer('ron', read(n));
    clock.at = new Date('2026-11-25T12:59:00Z');
    expect(await house.refusal('ron', read(3))).toBe('reason_required');
    clock.at = new Date('2026-11-25T13:00:01Z');
    await house.administer('ron', read(3));
  });

  it('lets of many reads at the same time no more through', async () => {
    const done = await Promise.allSettled([1, 2, 3, 4].map((n) => house.administer('ron', read(n))));
    expect(done.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(2);
  });

  it('counts dry runs of writes, which show what they would change', async () => {
    await house.administer('boss', { command: 'addAdmin', user: 'rea', params: { role: 'full' } });
    const file = POLICY.replaceAll('readOnlyAdmins', 'rea');
    await using other = await openHouse({ policy: file, beside: house, now: () => clock.at });
    const lock = (id: number) => ({ command: 'lockWorkspace', params: { id }, dryRun: true });
    for (const n of [1, 2]) await other.administer('rea', lock(n));
    expect(await other.refusal('rea', lock(3))).toBe('reason_required');
  });

  it('is shown to those whom it bounds', async () => {
    const { result } = await house.administer('ron', { command: 'listMyPrivileges' });
    expect(result).toMatchObject({
      budgets: [
        { name: 'curious', line: 3, owners: 2, requires: [{ kind: 'reason', rule: 'curious' }] },
        { name: 'very-curious', line: 4, owners: 3, requires: [{ kind: 'reason', pattern: '^AUDIT-' }] },
      ],
    });
  });
});
