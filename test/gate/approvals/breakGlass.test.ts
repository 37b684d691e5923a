import { afterEach, describe, expect, it } from 'vitest';
import type { TestHouse, TestHouseOptions, Who } from '../../support/house.ts';
import { openHouse, originOf } from '../../support/house.ts';
import { approvals, policyOf } from '../../support/policies.ts';
import { approvingHouse, RENAME, setEmail, through } from './approvingHouse.ts';

const BREAK = { command: 'breakGlass', params: { reason: 'nobody answers' } };
const review = (user: string, verdict = 'justified') => ({
  ...{ command: 'reviewBreakGlass', user },
  params: { verdict, comment: 'the disk was full' },
});
const RULES = {
  breakGlass: { allow: ['ann', 'bob', 'cec', 'boss', 'pia', 'portal'] },
  renameUser: { ...approvals(), reason: '^because ' },
};
const MINUTE = 60_000;

let house: TestHouse;
let now: Date;
afterEach(() => house[Symbol.asyncDispose]());

const open = async (options: TestHouseOptions = {}) => {
  now = new Date();
  house = await approvingHouse(RULES, { now: () => now, ...options });
};
const admin = (command: string, user: string, params?: object) =>
  house.administer('boss', { command, user, ...(params && { params }) });
const pass = (minutes: number) => {
  now = new Date(now.getTime() + minutes * MINUTE);
};
/** Each refusal leaves one record. */
async function refusal(who: Who, call: object): Promise<string> {
  const before = (await house.records()).length;
  const { reason } = await house.refused(who, call);
  // The first call of somebody whom the policy names binds the name.
  const records = (await house.records()).slice(before).filter(({ command }) => command !== 'bindPolicyName');
  expect(records.map(({ error }) => error)).toEqual([reason]);
  return reason;
}

describe('break-glass', () => {
  it('lifts what the policy requires for a short time, tells every administrator, and marks every record', async () => {
    await open();
    await admin('addAdmin', 'pia', { role: 'readOnly' });
    const { result } = await house.administer('ann', BREAK);
    const { id, until } = result as { id: string; until: string };
    expect(new Date(until).getTime()).toBe(now.getTime() + 15 * MINUTE);
    const [broken] = (await house.records()).slice(-1);
    expect(broken).toMatchObject({ command: 'breakGlass', reason: 'nobody answers' });
    const notices = broken?.notices as { to: string; about: string; text: string }[];
    expect(notices.map(({ to, about }) => [to, about])).toEqual(
      ['boss', 'bob', 'cec', 'pia'].map((user) => [user, 'glassBroken']),
    );
    await house.administer('ann', { ...RENAME, user: 'bob', params: { newName: 'robert' } });
    await house.administer('ann', { command: 'listUsers' });
    expect(await house.refusal('ann', { command: 'renameUser', user: 'nobody', params: { newName: 'x' } })).toBe(
      'user_unknown',
    );
    const under = (await house.records()).slice(-3);
    expect(under.map(({ breakGlass }) => breakGlass)).toEqual([id, id, id]);
    expect(await house.refusal('cec', RENAME)).toBe('reason_required');
    const { result: admins } = await house.administer('boss', { command: 'listAdmins', params: { detail: true } });
    expect(admins).toContainEqual(
      expect.objectContaining({ user: 'ann', brokeGlass: { at: now.toISOString(), until, reason: 'nobody answers' } }),
    );
  });

  it('blocks its holder afterwards until somebody else has reviewed it', async () => {
    await open();
    await house.administer('ann', BREAK);
    pass(15);
    for (const call of [RENAME, { ...RENAME, dryRun: true }, { command: 'listUsers' }, BREAK]) {
      expect(await refusal('ann', call)).toBe('break_glass_unreviewed');
    }
    await house.administer('ann', { command: 'listMyPrivileges' });
    await house.administer('bob', review('ann', 'unjustified'));
    const [reviewed] = (await house.records()).slice(-1);
    expect(reviewed).toMatchObject({
      params: { user: 'ann', verdict: 'unjustified', comment: 'the disk was full' },
      notices: [{ to: 'ann', about: 'glassReviewed' }],
    });
    await house.administer('ann', { command: 'listUsers' });
    expect(await refusal('ann', RENAME)).toBe('reason_required');
    expect(await refusal('bob', review('ann'))).toBe('break_glass_unknown');
  });

  it('ends with the review, even before its time', async () => {
    await open();
    await house.administer('ann', BREAK);
    await house.administer('bob', review('ann'));
    expect(await refusal('ann', RENAME)).toBe('reason_required');
  });

  it('blocks on every instance, through every service and account, and in methods for administrators', async () => {
    await open();
    await admin('addUser', 'portal', { kind: 'service' });
    await house.meet('portal');
    await admin('addAdmin', 'portal');
    await setEmail(house, 'ann', 'ann@example.org');
    await setEmail(house, 'cec', 'ANN@example.org');
    await house.administer('ann', BREAK);
    expect(await refusal(through('portal', 'ann'), RENAME)).toBe('reason_required');
    expect(await refusal('cec', RENAME)).toBe('reason_required');
    pass(16);
    await using other = await openHouse({ beside: house, policy: policyOf(RULES), now: () => now });
    expect(await other.refusal('ann', { command: 'listUsers' })).toBe('break_glass_unreviewed');
    expect(await refusal(through('portal', 'ann'), { command: 'listUsers' })).toBe('break_glass_unreviewed');
    expect(await refusal('cec', { command: 'listUsers' })).toBe('break_glass_unreviewed');
    await house.administer('portal', { command: 'listUsers' });
    const method = house.gate.method('Workspace.alter_admin_object_metadata');
    if (method === undefined) throw new Error('there is no such method');
    const origin = originOf('ann');
    const caller = await house.gate.identify(method, origin);
    const call = house.gate.call(method, { caller, params: [{ updates: [] }], origin });
    await expect(call).rejects.toMatchObject({ reason: 'break_glass_unreviewed' });
  });

  it('is not undone by another right, or by a clock that is set back', async () => {
    await open();
    await house.administer('ann', BREAK);
    await admin('removeAdmin', 'ann');
    await admin('addAdmin', 'ann');
    pass(16);
    await house.worker.turn('approvals');
    pass(-8);
    expect(await refusal('ann', RENAME)).toBe('break_glass_unreviewed');
    pass(-20);
    expect(await refusal('ann', RENAME)).toBe('break_glass_unreviewed');
  });
});

describe('breaking the glass is refused', () => {
  it('without a rule of the policy that allows it', async () => {
    house = await approvingHouse({});
    const error = await house.refused('boss', BREAK);
    expect(error.message).toBe(
      'The administrator boss may not break the glass: no rule of the policy allows it to them',
    );
  });

  it('to those who are no full administrator, whatever the policy says', async () => {
    await open();
    expect(await refusal('pia', BREAK)).toBe('break_glass_refused');
    await admin('addAdmin', 'pia', { role: 'readOnly' });
    expect(await refusal('pia', BREAK)).toBe('break_glass_refused');
  });

  it('to services, and through them', async () => {
    await open();
    await admin('addUser', 'portal', { kind: 'service' });
    await house.meet('portal');
    await admin('addAdmin', 'portal');
    expect(await refusal('portal', BREAK)).toBe('break_glass_refused');
    expect(await refusal(through('portal', 'ann'), BREAK)).toBe('break_glass_refused');
  });

  it('while an earlier use waits for its review', async () => {
    await open();
    await house.administer('ann', BREAK);
    expect(await refusal('ann', BREAK)).toBe('break_glass_refused');
  });

  it('where roles come from tokens, so that nobody knows who could review it', async () => {
    const rules = { configured: [], tokenRoles: { full: ['F'], readOnly: [] } };
    house = await openHouse({ policy: policyOf(RULES), rules });
    await house.meet('ann');
    expect(await refusal({ sub: 'ann', roles: ['F'] }, BREAK)).toBe('break_glass_refused');
  });

  it.each([
    ['a reader', () => admin('addAdmin', 'bob', { role: 'readOnly' })],
    ['limited to commands', () => admin('addAdmin', 'bob', { commands: ['reviewBreakGlass'] })],
    ['limited to acting for others', () => admin('addAdmin', 'bob', { delegatedOnly: true })],
    ['disabled', () => admin('disableUser', 'bob')],
    [
      'their own second account',
      async () => {
        await setEmail(house, 'boss', 'b@example.org');
        await setEmail(house, 'bob', 'B@example.org');
      },
    ],
    ['somebody who waits for a review', () => house.administer('bob', BREAK)],
  ])('to whoever has no other administrator who could review it: the only other one is %s', async (_, make) => {
    await open();
    await admin('removeAdmin', 'ann');
    if (_.startsWith('somebody')) {
      await make();
      await admin('removeAdmin', 'cec');
    } else {
      await admin('removeAdmin', 'cec');
      await make();
    }
    expect(await refusal('boss', BREAK)).toBe('break_glass_refused');
  });
});

describe('a review', () => {
  it('is not for its holder, their other accounts, services and limited administrators', async () => {
    await open();
    await admin('addUser', 'portal', { kind: 'service' });
    await house.meet('portal');
    await admin('addAdmin', 'portal');
    await admin('addAdmin', 'pia', { commands: ['reviewBreakGlass'] });
    await setEmail(house, 'ann', 'ann@example.org');
    await setEmail(house, 'cec', 'ann@example.org');
    await house.administer('ann', BREAK);
    for (const who of ['ann', 'cec', 'portal', through('portal', 'bob'), 'pia'] as const) {
      expect(await refusal(who, review('ann'))).toBe('reviewer_unfit');
    }
    pass(16);
    expect(await refusal('ann', review('ann'))).toBe('break_glass_unreviewed');
    await house.administer('bob', review('ann'));
  });

  it('is not for somebody who was demoted', async () => {
    await open();
    await house.administer('ann', BREAK);
    await admin('addAdmin', 'bob', { role: 'readOnly' });
    expect(await refusal('bob', review('ann'))).toBe('rights_required');
  });
});

describe('breaking the glass at the same time', () => {
  it('is done once by one person', async () => {
    await open();
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => house.administer('ann', BREAK)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [roster] = await house.contents('roster');
    expect(roster?.broken).toHaveLength(1);
  });

  it('always leaves somebody who can review it', async () => {
    await open();
    await using other = await openHouse({ beside: house, policy: policyOf(RULES), now: () => now });
    const people = ['boss', 'ann', 'bob', 'cec'];
    await Promise.allSettled(people.map((who, i) => (i % 2 === 0 ? house : other).administer(who, BREAK)));
    const [roster] = await house.contents('roster');
    const broken = ((roster?.broken ?? []) as { principal: string }[]).map(({ principal }) => principal);
    expect(broken).toHaveLength(3);
    const [reviewer = ''] = people.filter((user) => !broken.includes(user));
    pass(16);
    for (const holder of broken) await house.administer(reviewer, review(holder));
  });
});

describe('a job that was begun while the glass was broken', () => {
  it('goes no further once that is over, and is continued by whoever meets what is required', async () => {
    now = new Date();
    const limits = { perPart: 2 };
    const policy = policyOf({ ...RULES, changeOwner: approvals() });
    house = await approvingHouse({}, { now: () => now, policy, limits });
    for (let i = 0; i < 5; i += 1) {
      await house.administer('boss', { command: 'createWorkspace', user: 'pia', params: { workspace: `w${i}` } });
    }
    await house.administer('ann', BREAK);
    const { result } = await house.administer('ann', { command: 'changeOwner', params: { from: 'pia', to: 'cec' } });
    const { job } = result as { job: string };
    pass(16);
    await house.worker.turn('jobs');
    expect(await house.contents('jobs')).toMatchObject([{ state: 'failed', error: { reason: 'break_glass_over' } }]);
    const [last] = (await house.records()).slice(-1);
    expect(last).toMatchObject({
      via: 'job',
      outcome: 'denied',
      error: 'break_glass_over',
      breakGlass: expect.stringMatching(/^glass-/),
    });
    await house.administer('bob', { command: 'resumeJob', params: { id: job } });
    await house.worker.turn('jobs');
    expect(await house.contents('jobs')).toMatchObject([{ state: 'done' }]);
  });
});
