import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  approve,
  approving,
  approvingHouse,
  changeRole,
  RENAME,
  requested,
  run,
  setEmail,
  through,
} from '../gate/approvals/approvingHouse.ts';
import type { TestHouse, TestHouseOptions, Who } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { approvals, policyOf } from '../support/policies.ts';

/* Attacks on approvals: by somebody who approves what they asked for, with approvals that are stale, used or for something else. */

const ONE = { renameUser: approvals() };
/** The house of the test, which ends with it unless the tests of a group share it. */
let house: TestHouse;
let isShared = false;
afterEach(() => (isShared ? undefined : house[Symbol.asyncDispose]()));

/** Has the tests of this group share a house. */
function shareHouse(): void {
  beforeAll(async () => {
    house = await approvingHouse(ONE);
    isShared = true;
  });
  afterAll(async () => {
    isShared = false;
    await house[Symbol.asyncDispose]();
  });
}

/** The reasons for which an approval and the following run are refused; each attempt leaves one record. */
async function refusals(request: string, approver: Who, requester: Who = 'ann'): Promise<string[]> {
  const before = (await house.records()).length;
  const reasons = [await house.refusal(approver, approving(request)), await house.refusal(requester, run(request))];
  const records = (await house.records()).slice(before);
  expect(records.map(({ outcome, error }) => [outcome === 'success', error])).toEqual(
    reasons.map((reason) => [false, reason]),
  );
  return reasons;
}

const nameOfPia = async () => (await house.contents('principals')).find(({ _id }) => _id === 'pia')?.username;
const admin = (command: string, user: string, params?: object) =>
  house.administer('boss', { command, user, ...(params && { params }) });

describe('approval of what one asked for', () => {
  it('with the same account', async () => {
    house = await approvingHouse(ONE);
    expect(await refusals(await requested(house), 'ann')).toEqual(['approver_unfit', 'approval_incomplete']);
  });

  it('with a second account that has the same email address', async () => {
    house = await approvingHouse(ONE);
    await setEmail(house, 'ann', 'Ann@Example.org');
    await setEmail(house, 'bob', ' ann@EXAMPLE.org');
    const id = await requested(house);
    const before = (await house.records()).length;
    expect(await house.refusal('bob', approving(id))).toBe('approval_unknown');
    expect((await house.records()).length).toBe(before + 1);
    expect(await house.refusal('ann', run(id))).toBe('approval_incomplete');
  });

  it('with a second account that got the address after it had approved', async () => {
    house = await approvingHouse(ONE);
    const id = await requested(house);
    await approve(house, 'bob', id);
    await setEmail(house, 'ann', 'ann@example.org');
    await setEmail(house, 'bob', 'ann@example.org');
    expect(await house.refusal('ann', run(id))).toBe('approval_incomplete');
  });

  it('with a second account that the operator has linked', async () => {
    const rules = { configured: ['boss'], linkedAccounts: [['ann', 'x', 'id:bob']] };
    house = await approvingHouse(ONE, { rules });
    const id = await requested(house);
    expect(await refusals(id, 'bob')).toEqual(['approval_unknown', 'approval_incomplete']);
    await approve(house, 'cec', id);
    await house.administer('ann', run(id));
  });

  it('twice by one person with two accounts', async () => {
    house = await approvingHouse({ renameUser: approvals(2) });
    for (const user of ['bob', 'cec']) await setEmail(house, user, 'bob@example.org');
    const id = await requested(house);
    await approve(house, 'bob', id);
    expect(await refusals(id, 'cec')).toEqual(['approver_unfit', 'approval_incomplete']);
  });

  it('by the user as whom the command acts, or whom it is about', async () => {
    house = await approvingHouse({ renameUser: approvals(), createWorkspace: approvals() });
    const about = await requested(house, 'ann', { ...RENAME, user: 'cec' });
    expect(await refusals(about, 'cec')).toEqual(['approval_unknown', 'approval_incomplete']);
    const as = await requested(house, 'ann', { command: 'createWorkspace', user: 'cec', params: { workspace: 'w' } });
    expect(await refusals(as, 'cec')).toEqual(['approval_unknown', 'approval_incomplete']);
    await approve(house, 'bob', as);
    await house.administer('ann', run(as));
  });
});

describe('approval through a service', () => {
  const withPortal = async (count = 1) => {
    house = await approvingHouse({ renameUser: approvals(count) });
    await admin('addUser', 'portal', { kind: 'service' });
    await house.meet('portal');
    await admin('addAdmin', 'portal');
  };

  it('that acts for the requester', async () => {
    await withPortal();
    expect(await refusals(await requested(house), through('portal', 'ann'))).toEqual([
      'approver_unfit',
      'approval_incomplete',
    ]);
  });

  it('alone, which is not a person', async () => {
    await withPortal();
    expect(await refusals(await requested(house), 'portal')).toEqual(['approval_unknown', 'approval_incomplete']);
  });

  it('through which the request was made', async () => {
    await withPortal();
    const ann = through('portal', 'ann');
    const id = await requested(house, ann);
    expect(await refusals(id, 'ann', ann)).toEqual(['approver_unfit', 'approval_incomplete']);
    expect(await refusals(id, 'portal', ann)).toEqual(['approver_unfit', 'approval_incomplete']);
    expect(await refusals(id, through('portal', 'bob'), ann)).toEqual(['approver_unfit', 'approval_incomplete']);
    await approve(house, 'bob', id);
    expect(await house.refusal('ann', run(id))).toBe('approval_unknown');
    await house.administer(ann, run(id));
    expect(await nameOfPia()).toBe('piet');
  });

  it('twice through the same one, for two people', async () => {
    await withPortal(2);
    const id = await requested(house);
    await approve(house, through('portal', 'bob'), id);
    expect(await refusals(id, through('portal', 'cec'))).toEqual(['approver_unfit', 'approval_incomplete']);
    await approve(house, 'cec', id);
    await house.administer('ann', run(id));
    const [last] = (await house.records()).slice(-1);
    expect(last?.approval).toMatchObject({ approvers: [{ name: 'bob' }, { name: 'portal' }, { name: 'cec' }] });
  });

  it('or an administrator that may act for the requester', async () => {
    house = await approvingHouse({ renameUser: approvals(1, ['helper', 'bob']) });
    await house.meet('helper');
    await admin('addAdmin', 'helper', { commands: ['approve'], as: ['ann'] });
    const id = await requested(house);
    expect(await refusals(id, 'helper')).toEqual(['approval_unknown', 'approval_incomplete']);
  });
});

describe('an approver who was demoted', () => {
  const again = () => admin('addAdmin', 'bob');
  shareHouse();

  it.each<[string, (user: string) => Promise<unknown>, () => Promise<unknown>]>([
    ['is no administrator', (user) => admin('removeAdmin', user), again],
    ['is disabled', (user) => admin('disableUser', user), () => admin('enableUser', 'bob')],
    ['may only read', (user) => admin('addAdmin', user, { role: 'readOnly' }), again],
    ['is limited to other commands', (user) => admin('addAdmin', user, { commands: ['listUsers', 'approve'] }), again],
    ['is closed', (user) => admin('deleteUser', user), async () => undefined],
  ])('is not qualified any more: %s', async (what, demote, restore) => {
    const user = `user who ${what}`.replaceAll(' ', '_');
    await house.meet(user);
    const id = await requested(house, 'ann', { ...RENAME, user, params: { newName: `${user}_renamed` } });
    await approve(house, 'bob', id);
    await demote('bob');
    expect(await house.refusal('ann', run(id))).toBe('approval_incomplete');
    await approve(house, 'cec', id);
    await house.administer('ann', run(id));
    await restore();
  });
});

describe('an approver who is not qualified any more', () => {
  it('because their right has expired', async () => {
    let now = new Date();
    house = await approvingHouse(ONE, { now: () => now });
    await admin('addAdmin', 'bob', { expires: new Date(now.getTime() + 60_000).toISOString() });
    const id = await requested(house);
    await approve(house, 'bob', id);
    now = new Date(now.getTime() + 61_000);
    expect(await house.refusal('ann', run(id))).toBe('approval_incomplete');
  });

  it('because they left the role that the rule names', async () => {
    house = await approvingHouse({ renameUser: approvals(1, ['role:guards']) });
    await changeRole(house, 'createRole', 'bob');
    const id = await requested(house);
    await approve(house, 'bob', id);
    await changeRole(house, 'removeRoleMembers', 'bob');
    expect(await house.refusal('ann', run(id))).toBe('approval_incomplete');
  });

  it('because the policy asks for more by then', async () => {
    house = await approvingHouse(ONE);
    const id = await requested(house);
    await approve(house, 'bob', id);
    await using stricter = await approvingHouseBeside({ policy: policyOf({ renameUser: approvals(2) }) });
    expect(await stricter.refusal('ann', run(id))).toBe('approval_incomplete');
  });
});

const approvingHouseBeside = async (options: TestHouseOptions) => {
  const { openHouse } = await import('../support/house.ts');
  return openHouse({ ...options, beside: house });
};

describe('a requester', () => {
  shareHouse();

  it.each([
    ['disabled', 'account_disabled', 'disableUser', undefined],
    ['no administrator', 'not_admin', 'removeAdmin', undefined],
    ['limited to other commands', 'command_not_allowed', 'addAdmin', { commands: ['listUsers'] }],
    ['limited to reading', 'rights_required', 'addAdmin', { role: 'readOnly' }],
  ])('who is %s by then cannot run it', async (what, reason, command, params) => {
    const requester = `requester_${reason}`;
    await house.meet(requester);
    await admin('addAdmin', requester);
    const id = await requested(house, requester, { ...RENAME, reason: what });
    await approve(house, 'bob', id);
    await admin(command, requester, params);
    expect(await house.refusal(requester, run(id)).catch((error) => error.reason)).toBe(reason);
    expect(await nameOfPia()).toBe('pia');
  });
});

describe('an approval', () => {
  it('is used once, also by calls at the same time and on two instances', async () => {
    house = await approvingHouse(ONE);
    await using other = await approvingHouseBeside({ policy: policyOf(ONE) });
    const id = await requested(house);
    await approve(house, 'bob', id);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? house : other).administer('ann', run(id))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const records = (await house.records()).filter((r) => r.command === 'renameUser' && r.outcome === 'success');
    expect(records).toHaveLength(1);
  });

  it('counts if it is given at the same time as another, and one person counts once', async () => {
    house = await approvingHouse({ renameUser: approvals(2) });
    const id = await requested(house);
    const outcomes = await Promise.allSettled(['bob', 'bob', 'bob'].map((user) => approve(house, user, id)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await house.refusal('ann', run(id))).toBe('approval_incomplete');
    await Promise.all(['boss', 'cec'].map((user) => approve(house, user, id)));
    await house.administer('ann', run(id));
  });

  it('loses against a denial at the same time, or comes before it', async () => {
    house = await approvingHouse(ONE);
    for (let round = 0; round < (LONG ? 5 : 2); round += 1) {
      const id = await requested(house, 'ann', { ...RENAME, reason: `round ${round}` });
      const deny = { command: 'denyApproval', params: { request: id, reason: 'no' } };
      await Promise.allSettled([approve(house, 'bob', id), house.administer('cec', deny)]);
      expect(await house.refusal('ann', run(id))).toBe('approval_state');
    }
    expect(await nameOfPia()).toBe('pia');
  });

  it('loses against a denial while the command runs, or comes before it', async () => {
    house = await approvingHouse(ONE);
    const id = await requested(house);
    await approve(house, 'bob', id);
    const deny = { command: 'denyApproval', params: { request: id, reason: 'no' } };
    const [ran, denied] = await Promise.allSettled([house.administer('ann', run(id)), house.administer('cec', deny)]);
    expect([ran.status, denied.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(await nameOfPia()).toBe(ran.status === 'fulfilled' ? 'piet' : 'pia');
  });

  it('of one job is not for a job that would move something else', async () => {
    house = await approvingHouse({ changeOwner: approvals() });
    const create = (workspace: string) =>
      house.administer('boss', { command: 'createWorkspace', user: 'pia', params: { workspace } });
    const transfer = { command: 'changeOwner', params: { from: 'pia', to: 'cec' } };
    await create('first');
    const id = await requested(house, 'ann', transfer);
    await approve(house, 'bob', id);
    await create('second');
    expect((await house.refused('ann', run(id))).reason).toBe('plan_stale');
    const again = await requested(house, 'ann', transfer);
    await approve(house, 'bob', again);
    const { result } = await house.administer('ann', run(again));
    expect(result).toMatchObject({ state: 'done', moved: 2 });
    const [job] = await house.contents('jobs');
    expect(job?.initiator).toMatchObject({ approval: { request: again } });
  });

  it('expires: before it is approved, and between that and the run', async () => {
    let now = new Date();
    house = await approvingHouse(ONE, { now: () => now, approvalHours: 0.5 });
    const first = await requested(house);
    const second = await requested(house, 'cec');
    await approve(house, 'bob', second);
    now = new Date(now.getTime() + 30 * 60_000);
    expect(await refusals(first, 'bob')).toEqual(['approval_state', 'approval_state']);
    expect(await house.refusal('cec', run(second))).toBe('approval_state');
    expect(await requested(house)).not.toBe(first);
  });

  it('stays expired when the clock is set back, and is not used before it was given', async () => {
    const start = new Date();
    let now = start;
    house = await approvingHouse(ONE, { now: () => now, approvalHours: 0.5 });
    const id = await requested(house);
    now = new Date(start.getTime() + 5 * 60_000);
    await approve(house, 'bob', id);
    now = start;
    expect(await house.refusal('ann', run(id))).toBe('approval_state');
    now = new Date(start.getTime() + 31 * 60_000);
    await house.worker.turn('approvals');
    now = new Date(start.getTime() + 6 * 60_000);
    expect(await house.refusal('ann', run(id))).toBe('approval_state');
    const told = (await house.records()).filter(({ command }) => command === 'approvals');
    expect(told).toMatchObject([{ via: 'job', notices: [{ to: 'ann', about: 'approvalDecided' }] }]);
  });
});

describe('a call that runs by itself', () => {
  const CALL = { ...RENAME, runWhenApproved: true };
  const outcomes = async () =>
    (await house.records())
      .filter(({ command }) => command === 'renameUser')
      .map(({ outcome, error, actor }) => [outcome, error, (actor as { id: string }).id]);

  it('does so once after the last approval, whatever instance is restarted meanwhile', async () => {
    house = await approvingHouse(ONE);
    const id = await requested(house, 'ann', CALL);
    await house.worker.turn('approvals');
    expect(await outcomes()).toEqual([['denied', 'approval_needed', 'ann']]);
    await approve(house, 'bob', id);
    // This instance ends here, and another one starts.
    await house.worker.stop();
    await using other = await approvingHouseBeside({ policy: policyOf(ONE) });
    await using third = await approvingHouseBeside({ policy: policyOf(ONE) });
    await Promise.all([other, third, other].map(({ worker }) => worker.turn('approvals')));
    await other.worker.turn('approvals');
    expect(await outcomes()).toEqual([
      ['denied', 'approval_needed', 'ann'],
      ['success', undefined, 'ann'],
    ]);
    expect(await nameOfPia()).toBe('piet');
    const notices = (await house.records()).flatMap((r) => (r.notices ?? []) as { to: string; text: string }[]);
    expect(notices.filter(({ to }) => to === 'ann').map(({ text }) => text.replace(/.*\) /, ''))).toEqual([
      'was approved by bob and now runs by itself',
      'was approved and has run',
    ]);
  });

  it('has the rights that its requester has then', async () => {
    house = await approvingHouse(ONE);
    const id = await requested(house, 'ann', CALL);
    await approve(house, 'bob', id);
    await admin('removeAdmin', 'ann');
    await house.worker.turn('approvals');
    await house.worker.turn('approvals');
    expect(await outcomes()).toEqual([
      ['denied', 'approval_needed', 'ann'],
      ['denied', 'not_admin', 'ann'],
    ]);
    expect(await house.contents('approvalRequests')).toMatchObject([
      { state: 'failed', error: { reason: 'not_admin' } },
    ]);
    expect(await nameOfPia()).toBe('pia');
  });

  it('does not if it was denied or withdrawn at the last moment', async () => {
    house = await approvingHouse(ONE);
    const id = await requested(house, 'ann', CALL);
    await approve(house, 'bob', id);
    await house.administer('ann', { command: 'cancelApproval', params: { request: id } });
    await house.worker.turn('approvals');
    expect(await nameOfPia()).toBe('pia');
  });
});
