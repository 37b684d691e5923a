import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalRequestView } from '../../../src/base/schemas/generated.ts';
import { allCommands } from '../../../src/operations/index.ts';
import { requestWith, storeRequests } from '../../support/approvalRequests.ts';
import { openHouse, type TestHouse, type Who } from '../../support/house.ts';
import { LONG, spread } from '../../support/long.ts';
import { approvals, policyOf, type Rule } from '../../support/policies.ts';
import { calls, peopledHouse } from '../calls.ts';
import { approve, approving, approvingHouse, changeRole, RENAME, requested, requestIn, run } from './approvingHouse.ts';

const view = async (house: TestHouse, user: Who, request: string) =>
  (await house.administer(user, { command: 'getApproval', params: { request } })).result as ApprovalRequestView;
const nameOf = async (house: TestHouse, id: string) => {
  const principals = await house.contents('principals');
  return principals.find(({ _id }) => _id === id)?.username;
};
const ending = async (house: TestHouse) => {
  const [last] = (await house.records()).slice(-1);
  return [last?.command, last?.outcome, last?.error];
};

let house: TestHouse;

/** Has each test of this group have a house of its own. */
const disposeAfterEach = () => afterEach(() => house[Symbol.asyncDispose]());

describe('a command that needs approval', () => {
  beforeAll(async () => {
    house = await approvingHouse();
  });
  afterEach(async () => {
    await house.database.db.collection('approvalRequests').deleteMany({});
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it('is refused, and leaves a request with its plan', async () => {
    const before = (await house.records()).length;
    const { result: dry } = await house.administer('ann', { ...RENAME, dryRun: true });
    const id = await requested(house);
    const plan = JSON.parse(JSON.stringify(dry)) as { plan: string; changes: object[] };
    expect(await view(house, 'ann', id)).toMatchObject({
      ...{ request: id, state: 'open', by: 'ann', command: 'renameUser', user: 'pia', reason: 'a new name' },
      ...{ plan: plan.plan, changes: plan.changes, runnable: true, mayDecide: false },
      requires: [{ rule: 'needs-approval', count: 1, given: 0 }],
    });
    const records = (await house.records()).slice(before);
    expect(records.map(({ command, outcome, error }) => [command, outcome, error])).toEqual([
      ['renameUser', 'dryRun', undefined],
      ['renameUser', 'denied', 'approval_needed'],
      ['getApproval', 'success', undefined],
    ]);
    expect(records[1]?.resources).toEqual([`approvalRequests/${id}`]);
    expect(await nameOf(house, 'pia')).toBe('pia');
  });

  it('names the request and the rule in its error', async () => {
    const error = await house.refused('ann', RENAME);
    expect(error.message).toMatch(
      /^renameUser needs approval \(needs-approval\): the request [0-9a-f]{24} has 0 of 1 approvals, and expires at /,
    );
    expect(error.kind).toBe('forbidden');
  });

  it('leaves one request, however often the same call is repeated, even at the same time', async () => {
    const errors = await Promise.all(Array.from({ length: 8 }, () => house.refused('ann', RENAME)));
    expect(new Set(errors.map(requestIn)).size).toBe(1);
    expect(await house.contents('approvalRequests')).toHaveLength(1);
    await approve(house, 'bob', requestIn(errors[0] as never));
    const { message } = await house.refused('ann', RENAME);
    expect(message).toContain('is approved and can be run until');
  });

  it('leaves another request for another call', async () => {
    const first = await requested(house);
    expect(await requested(house, 'ann', { ...RENAME, reason: 'another reason' })).not.toBe(first);
    expect(await requested(house, 'cec')).not.toBe(first);
    expect(await requested(house)).toBe(first);
  });

  it('runs once it is approved, and its record names the request and the approver', async () => {
    await house.meet('pat');
    const id = await requested(house, 'ann', { ...RENAME, user: 'pat', params: { newName: 'patricia' } });
    await approve(house, 'bob', id);
    await house.administer('ann', run(id));
    const [last] = (await house.records()).slice(-1);
    expect(last).toMatchObject({
      ...{ command: 'renameUser', outcome: 'success', reason: 'a new name' },
      approval: { request: id, approvers: [{ id: 'bob', name: 'bob' }] },
    });
    expect(last?.resources).toContain(`approvalRequests/${id}`);
    expect(await nameOf(house, 'pat')).toBe('patricia');
    expect(await view(house, 'ann', id)).toMatchObject({ state: 'used' });
  });

  it('runs when the same call is sent again with the request, and not when another is', async () => {
    await house.meet('pim');
    const rename = { ...RENAME, user: 'pim', params: { newName: 'pit' } };
    const id = await requested(house, 'ann', rename);
    await approve(house, 'bob', id);
    for (const [other, what] of [
      [{ ...rename, params: { newName: 'paul' } }, 'something in the parameters'],
      [{ ...rename, user: 'cec' }, 'the user'],
      [{ ...rename, reason: 'another' }, 'the reason'],
      [{ command: 'disableUser', user: 'pim' }, 'the command'],
    ] as const) {
      const error = await house.refused('ann', { ...other, approval: id });
      expect([error.reason, error.message]).toEqual([
        'approval_differs',
        `The request ${id} is for another call: ${what} differs`,
      ]);
    }
    await house.administer('ann', { ...rename, approval: id });
    expect(await nameOf(house, 'pim')).toBe('pit');
  });

  it('is looked at with a dry run, which needs no approval', async () => {
    const id = await requested(house);
    const { result } = await house.administer('ann', { ...run(id), dryRun: true });
    expect(result).toMatchObject({ plan: (await view(house, 'ann', id)).plan });
    expect(await house.refusal('ann', { ...RENAME, dryRun: true, approval: id })).toBe('option_invalid');
  });

  it('may be denied or withdrawn, and then never runs', async () => {
    const denied = await requested(house);
    await house.administer('bob', { command: 'denyApproval', params: { request: denied, reason: 'no' } });
    expect(await view(house, 'ann', denied)).toMatchObject({ state: 'denied', decided: { by: 'bob', reason: 'no' } });
    const cancelled = await requested(house);
    await house.administer('ann', { command: 'cancelApproval', params: { request: cancelled } });
    for (const id of [denied, cancelled]) {
      expect(await house.refusal('bob', approving(id))).toBe('approval_state');
      expect(await house.refusal('ann', run(id))).toBe('approval_state');
    }
  });

  it('is limited in its number of open requests', async () => {
    const stored = LONG ? 0 : 18;
    for (let i = 0; i < stored; i += 1) {
      await storeRequests(house.database, requestWith({ _id: i.toString(16).padStart(24, '0') }));
    }
    for (let i = stored; i < 20; i += 1) await requested(house, 'ann', { ...RENAME, params: { newName: `p${i}` } });
    const before = await house.contents('approvalRequests');
    expect(await house.refusal('ann', RENAME)).toBe('approval_requests_full');
    expect(await house.contents('approvalRequests')).toEqual(before);
    await requested(house, 'cec');
    expect(await ending(house)).toEqual(['renameUser', 'denied', 'approval_needed']);
  });

  it('is shown to its requester and to those who may decide, and to nobody else', async () => {
    await house.administer('boss', { command: 'addAdmin', user: 'pia', params: { role: 'readOnly' } });
    const id = await requested(house);
    const listed = async (user: string) => {
      const { result } = await house.administer(user, { command: 'listApprovals' });
      return (result as { requests: ApprovalRequestView[] }).requests.map(({ request }) => request);
    };
    for (const user of ['ann', 'bob', 'boss']) expect(await listed(user)).toEqual([id]);
    expect(await listed('pia')).toEqual([]);
    expect(await house.refusal('pia', { command: 'getApproval', params: { request: id } })).toBe('approval_unknown');
    expect(await house.refusal('bob', run(id))).toBe('approval_unknown');
    expect(await house.refusal('bob', { command: 'cancelApproval', params: { request: id } })).toBe('approval_unknown');
    await house.administer('boss', { command: 'removeAdmin', user: 'pia' });
  });

  it('is listed a page at a time, the newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      ids.unshift(await requested(house, i === 2 ? 'bob' : 'ann', { ...RENAME, params: { newName: `p${i}` } }));
    }
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const params = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
      const { result } = await house.administer('ann', { command: 'listApprovals', params });
      const page = result as { requests: ApprovalRequestView[]; next?: string };
      listed.push(...page.requests.map(({ request }) => request));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(listed).toEqual(ids);
  });

  it('tells those who may decide, and then its requester', async () => {
    const before = (await house.records()).length;
    const id = await requested(house);
    const told = async () => {
      const all = (await house.records(before)).flatMap(
        ({ notices }) => (notices ?? []) as { to: string; text: string }[],
      );
      return all.map(({ to, text }) => [to, text.replace(/\d{4}-\S+Z/, 'T')]);
    };
    const asks = `ann asks for approval of renameUser pia (a new name): approve or deny the request ${id} until T`;
    expect(await told()).toEqual(['boss', 'bob', 'cec'].map((user) => [user, asks]));
    await approve(house, 'bob', id);
    expect((await told()).at(-1)).toEqual([
      'ann',
      `Your request ${id} (renameUser pia) was approved by bob and can be run until T`,
    ]);
  });
});

describe('a request whose effect has changed', () => {
  disposeAfterEach();
  const DELETE = { command: 'deleteRole', params: { name: 'guards' } };
  const change = (command: string, members: readonly string[]) =>
    house.administer('boss', { command, params: { name: 'guards', members } });
  beforeEach(async () => {
    house = await approvingHouse({ deleteRole: approvals() });
    await house.administer('boss', { command: 'createRole', params: { name: 'guards', members: ['bob'] } });
  });

  it('is refused, says what differs, and stays unusable even if the data become what they were', async () => {
    const id = await requested(house, 'ann', DELETE);
    await approve(house, 'bob', id);
    await change('addRoleMembers', ['cec']);
    const before = (await house.records()).length;
    const { reason, message } = await house.refused('ann', run(id));
    expect(reason).toBe('plan_stale');
    expect(message.replace(/role-[0-9a-f-]+/, 'ID').replace(/.*Nothing was changed\. /, '')).toBe(
      'What differs: it would update roles/ID with size 2 → 0, members[cec] {"principal":"cec"} → nothing ' +
        'instead of size 1 → 0.',
    );
    const records = (await house.records()).slice(before);
    expect(records.map(({ command, outcome, error }) => [command, outcome, error])).toEqual([
      ['deleteRole', 'failed', 'plan_stale'],
    ]);
    expect(await view(house, 'ann', id)).toMatchObject({ state: 'stale', error: { reason: 'plan_stale', message } });
    await change('removeRoleMembers', ['cec']);
    expect(await house.refusal('ann', run(id))).toBe('approval_state');
    expect(await house.contents('roles')).toMatchObject([{ name: 'guards', living: true }]);
  });

  it('gives way to another when the call is repeated', async () => {
    const first = await requested(house, 'ann', DELETE);
    await change('addRoleMembers', ['cec']);
    const second = await requested(house, 'ann', DELETE);
    expect(second).not.toBe(first);
    expect(await house.refusal('bob', approving(first))).toBe('approval_state');
    await approve(house, 'bob', second);
    await house.administer('ann', run(second));
  });

  it('still holds when only what does not matter has changed', async () => {
    const id = await requested(house, 'ann', DELETE);
    await approve(house, 'bob', id);
    for (const command of ['disableUser', 'enableUser']) await house.administer('boss', { command, user: 'pia' });
    await house.administer('ann', run(id));
  });
});

describe('what a rule requires', () => {
  disposeAfterEach();

  const withRule = async (rule: Rule) => {
    house = await approvingHouse({ renameUser: rule });
    return requested(house);
  };

  it('is so many different people', async () => {
    const id = await withRule(approvals(2));
    await approve(house, 'bob', id);
    const error = await house.refused('ann', run(id));
    expect([error.reason, error.message]).toEqual([
      'approval_incomplete',
      `The request ${id} has 1 of the 2 approvals that the policy requires (needs-approval)`,
    ]);
    expect(await house.refusal('bob', approving(id))).toBe('approver_unfit');
    await approve(house, 'cec', id);
    await house.administer('ann', run(id));
    const [last] = (await house.records()).slice(-1);
    expect(last?.approval).toMatchObject({ approvers: [{ id: 'bob' }, { id: 'cec' }] });
  });

  it.each([
    ['a name', ['bob']],
    ['an id', ['id:bob']],
    ['a role', ['role:guards']],
    ['administrators', ['nobody', 'admins']],
  ])('may name the approvers by %s', async (_, by) => {
    house = await approvingHouse({ renameUser: approvals(1, by) });
    await changeRole(house, 'createRole', 'bob');
    const id = await requested(house);
    if (!by.includes('admins')) expect(await house.refusal('cec', approving(id))).toBe('approval_unknown');
    await approve(house, 'bob', id);
    await house.administer('ann', run(id));
  });

  it('adds up when several rules require something', async () => {
    const both = [{ rule: 'by-cec', count: 1, by: ['cec'] }, ...(approvals(1).approvals ?? [])];
    const id = await withRule({ approvals: both });
    await approve(house, 'bob', id);
    expect((await house.refused('ann', run(id))).message).toContain('(by-cec)');
    await approve(house, 'cec', id);
    await house.administer('ann', run(id));
  });

  it('holds for reads, bound to the command, the subject and the parameters', async () => {
    house = await approvingHouse({ listUsers: approvals() });
    const call = { command: 'listUsers', params: { prefix: 'p' } };
    const id = await requested(house, 'ann', call);
    await approve(house, 'bob', id);
    expect(await house.refusal('ann', { ...call, params: { prefix: 'b' }, approval: id })).toBe('approval_differs');
    const before = (await house.records()).length;
    const { result } = await house.administer('ann', run(id));
    expect(result).toMatchObject({ users: [{ user: 'pia' }] });
    const records = (await house.records()).slice(before);
    expect(records).toMatchObject([{ command: 'listUsers', outcome: 'success', approval: { request: id } }]);
    expect(await house.refusal('ann', run(id))).toBe('approval_state');
  });

  it('is an approval of a read beyond a budget too', async () => {
    const budget = { name: 'reads', who: ['ann'], owners: 0, require: { approvals: { count: 1 } } };
    house = await approvingHouse({}, { policy: JSON.stringify({ rules: [], budgets: [budget] }) });
    await house.administer('boss', { command: 'createWorkspace', user: 'pia', params: { workspace: 'w' } });
    const call = { command: 'getPermissions', user: 'pia', params: { id: 1 } };
    const id = await requested(house, 'ann', call);
    expect(await house.refusal('ann', { ...call, approval: id })).toBe('approval_incomplete');
    await approve(house, 'bob', id);
    await house.administer('ann', run(id));
    expect(await house.refusal('ann', run(id))).toBe('approval_state');
  });
});

describe('a call with secrets', () => {
  beforeAll(async () => {
    house = await approvingHouse({ setPassword: approvals() });
  });
  afterAll(() => house[Symbol.asyncDispose]());
  const CALL = { command: 'setPassword', user: 'pia', params: { password: 'a secret password' } };

  it('is stored without them, and runs only when it is sent again', async () => {
    const id = await requested(house, 'ann', CALL);
    const stored = JSON.stringify(await house.contents('approvalRequests'));
    expect(stored).not.toContain('a secret password');
    expect(stored).toContain('hmac:');
    await approve(house, 'bob', id);
    expect(await house.refusal('ann', run(id))).toBe('approval_not_runnable');
    const other = { ...CALL, params: { password: 'another password' }, approval: id };
    expect(await house.refusal('ann', other)).toBe('approval_differs');
    await house.administer('ann', { ...CALL, approval: id });
    expect(await ending(house)).toEqual(['setPassword', 'success', undefined]);
  });

  it('cannot run by itself', async () => {
    const before = await house.contents('approvalRequests');
    const error = await house.refused('ann', { ...CALL, runWhenApproved: true });
    expect([error.reason, error.message]).toEqual([
      'option_invalid',
      'runWhenApproved is not for this call: its parameters have secrets or content, which are not stored, or are too long',
    ]);
    expect(await house.contents('approvalRequests')).toEqual(before);
  });
});

describe('every command', () => {
  disposeAfterEach();

  it('that is not about approvals can be asked for, and then is bound to its parameters', async () => {
    const about = allCommands.filter((c) => c.withoutApproval || c.open).map(({ name }) => name);
    const policy = policyOf({ '*': approvals() });
    house = await peopledHouse();
    await using asking = await openHouse({ beside: house, policy });
    const withSecrets = ['addUser', 'auditHash', 'createAdmin', 'createStaff', 'saveObjects', 'setPassword'];
    const others = allCommands.map(({ name }) => name).filter((name) => ![...about, ...withSecrets].includes(name));
    const asked = [...withSecrets, ...spread(others, 9)];
    const runnable: string[] = [];
    // Nobody may have more than twenty open requests.
    for (let from = 0; from < asked.length; from += 15) {
      const names = new Map<string, string>();
      for (const name of asked.slice(from, from + 15)) {
        const outcome = await asking.refused('boss', { command: name, ...calls[name] });
        expect([name, outcome.reason]).toEqual([name, 'approval_needed']);
        names.set(requestIn(outcome), name);
      }
      const { result } = await house.administer('boss', { command: 'listApprovals', params: { state: 'open' } });
      const { requests } = result as { requests: ApprovalRequestView[] };
      const own = requests.filter(({ request }) => names.has(request));
      expect(own).toHaveLength(names.size);
      for (const { request, runnable: isRunnable } of own) {
        const name = names.get(request) ?? '';
        expect([name, await asking.refusal('boss', run(request))]).toEqual([
          name,
          isRunnable ? 'approval_incomplete' : 'approval_not_runnable',
        ]);
        if (isRunnable) runnable.push(name);
      }
      const stored = house.database.db.collection<{ _id: string }>('approvalRequests');
      await stored.deleteMany({ _id: { $in: [...names.keys()] } });
    }
    expect(asked.filter((name) => !runnable.includes(name))).toEqual(withSecrets);
  });
});
