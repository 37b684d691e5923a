import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/identity/sessions.ts';
import { openHouse, originOf, type RawToken, type TestHouse, type TestHouseOptions } from '../support/house.ts';
import { houseWith } from '../support/houseWith.ts';
import { LONG } from '../support/long.ts';
import { startLoopback } from '../support/loopback.ts';
import { callerWith, signedInToken, ticketsFor } from '../support/proofs.ts';
import { transactRecorded } from '../support/recorded.ts';
import { approve, requestIn, run } from './approvals/approvingHouse.ts';

/** Calls at the same time. */
const MANY = LONG ? 20 : 5;

const POLICY = ticketsFor(['addUser', 'disableUser', 'listUsers', 'listAdmins']);

async function makeAdmins({ meet, administer }: TestHouse): Promise<void> {
  await meet('boss', 'ann');
  await administer('boss', { command: 'addAdmin', user: 'ann' });
}

/** A house whose clock the test sets, with the administrators `boss` and `ann`. */
async function house(options: TestHouseOptions = {}) {
  let offset = 0;
  const clock = {
    get now() {
      return new Date(Date.now() + offset);
    },
  };
  const opened = await houseWith(makeAdmins, { policy: POLICY, now: () => clock.now, ...options });
  const later = (minutes: number) => {
    offset += minutes * 60_000;
  };
  return { ...opened, clock, later };
}

/** Opens a ticket with a token of a new sign-in. */
function open(
  { administer }: TestHouse,
  caller: RawToken,
  { sub = 'ann', now = new Date(), ...wanted }: { sub?: string; now?: Date } & Record<string, unknown> = {},
) {
  return administer(caller, {
    command: 'openTicket',
    params: { proof: { token: signedInToken(sub, { now }) }, ...wanted },
  });
}

let made = 0;
const addUser = () => {
  made += 1;
  return { command: 'addUser', user: `user${made}` };
};

/** For tests that change neither its clock nor its administrators. */
let shared: Awaited<ReturnType<typeof house>>;
beforeAll(async () => {
  shared = await house();
});
afterAll(() => shared[Symbol.asyncDispose]());

describe('a command for which the policy asks for a ticket', () => {
  it('is refused without one, with the rule and the proofs that the caller has, and runs with one', async () => {
    const the = shared;
    const ann = callerWith('ann');
    const error = await the.refused(ann, addUser());
    expect([error.reason, error.message]).toEqual([
      'ticket_required',
      'The policy asks for a ticket for addUser (rule sensitive): prove your identity with another token, of a sign-in in the last 300 seconds',
    ]);
    await open(the, ann);
    await the.administer(ann, addUser());
    await the.administer(ann, addUser());
    await the.administer(ann, { command: 'listUsers' });
  });

  it('asks for nothing where the policy does not', async () => {
    const the = shared;
    await the.administer(callerWith('ann'), { command: 'enableUser', user: 'boss' });
  });

  it('needs a ticket for a dry run too, which uses none', async () => {
    const the = shared;
    const ann = callerWith('ann');
    const call = addUser();
    expect(await the.refusal(ann, { ...call, dryRun: true })).toBe('ticket_required');
    await open(the, ann, { uses: 1 });
    const dry = await the.administer(ann, { ...call, dryRun: true });
    const { plan } = dry.result as { plan: string };
    expect(JSON.stringify(dry.result)).not.toContain('ticket');
    await the.administer(ann, { ...call, plan });
    expect(await the.refusal(ann, addUser())).toBe('ticket_required');
  });

  it('uses no ticket when it is repeated under an idempotency key', async () => {
    const the = shared;
    const ann = callerWith('ann');
    const call = { ...addUser(), idempotencyKey: 'once' };
    await open(the, ann, { uses: 1 });
    const first = await the.administer(ann, call);
    expect(await the.administer(ann, call)).toEqual(first);
  });

  it('leaves the use in the record of a write, and in a record of its own for a read', async () => {
    const the = shared;
    const ann = callerWith('ann');
    await open(the, ann, { uses: 2 });
    const before = (await the.records()).length;
    await the.administer(ann, addUser());
    await the.administer(ann, { command: 'listAdmins' });
    const records = await the.records(before);
    expect(records.map(({ command, outcome }) => [command, outcome])).toEqual([
      ['addUser', 'success'],
      ['useTicket', 'success'],
      ['listAdmins', 'success'],
    ]);
    const uses = records.map(({ changes }) => JSON.stringify(changes).match(/"usesLeft","before":(\d),"after":(\d)/));
    expect(uses.map((use) => use?.slice(1))).toEqual([['2', '1'], ['1', '0'], undefined]);
    expect(await the.refusal(ann, { command: 'listAdmins' })).toBe('ticket_required');
  });

  it('is refused with a proof older than the policy allows', async () => {
    await using the = await house({ policy: ticketsFor(['addUser'], 3) });
    const ann = callerWith('ann');
    await open(the, ann);
    the.later(2);
    await the.administer(ann, addUser());
    the.later(2);
    expect((await the.refused(ann, addUser())).message).toContain('the proof of yours is older than 3 minutes');
  });

  it('counts the age from the sign-in of the token', async () => {
    await using the = await house({ policy: ticketsFor(['addUser'], 3) });
    const ann = callerWith('ann');
    const token = signedInToken('ann', { age: 240 });
    await the.administer(ann, { command: 'openTicket', params: { proof: { token } } });
    expect(await the.refusal(ann, addUser())).toBe('ticket_required');
  });
});

describe('a policy that asks for tickets', () => {
  it('for every command asks for none to open one, and to set up a proof', async () => {
    await using the = await openHouse({ policy: ticketsFor(['*']) });
    const boss = callerWith('boss');
    expect(await the.refusal(boss, { command: 'listUsers' })).toBe('ticket_required');
    await the.administer(boss, { command: 'enrolTotp', params: { proof: { token: signedInToken('boss') } } });
    await open(the, boss, { sub: 'boss' });
    await the.administer(boss, { command: 'listUsers' });
    await the.administer(boss, { command: 'dropTickets' });
    const { result } = await the.administer(boss, { command: 'explain', params: { command: 'openTicket' } });
    expect(result).toMatchObject({ verdict: 'allow', requires: [] });
  });

  it('of somebody who is no administrator lets them open one', async () => {
    const given = {
      name: 'given',
      who: ['bob'],
      commands: ['listUsers'],
      allow: true,
      require: { ticket: { maxMinutes: 5 } },
    };
    await using the = await house({ policy: JSON.stringify({ rules: [given] }) });
    await the.meet('bob', 'cec');
    const bob = callerWith('bob');
    expect(await the.refusal(bob, { command: 'listUsers' })).toBe('ticket_required');
    await open(the, bob, { sub: 'bob' });
    await the.administer(bob, { command: 'listUsers' });
    expect(await the.refusal(bob, addUser())).toBe('rights_required');
    await the.administer(bob, { command: 'dropTickets' });
    expect(await the.refusal(bob, { command: 'listUsers' })).toBe('ticket_required');
    const cec = callerWith('cec');
    const params = { proof: { token: signedInToken('cec') } };
    expect(await the.refusal(cec, { command: 'openTicket', params })).toBe('not_admin');
  });
});

/** Reads that need a ticket and an approval. */
const BOTH = JSON.stringify({
  rules: [
    {
      name: 'both',
      who: ['anybody'],
      commands: ['listUsers'],
      require: { ticket: { maxMinutes: 10 }, approvals: { count: 1 } },
    },
  ],
});

const usesLeft = async (the: TestHouse) => (await the.contents('tickets')).map((ticket) => ticket.usesLeft);

describe('a read that needs a ticket and an approval', () => {
  it('uses neither before both are there, and then both together', async () => {
    await using the = await house({ policy: BOTH });
    const ann = callerWith('ann');
    const read = { command: 'listUsers' };
    expect(await the.refusal(ann, read)).toBe('ticket_required');
    expect(await the.contents('approvalRequests')).toEqual([]);
    await open(the, ann, { uses: 1 });
    const request = requestIn(await the.refused(ann, read));
    expect(await usesLeft(the)).toEqual([1]);
    expect(await the.refusal(ann, run(request))).toBe('approval_incomplete');
    expect(await usesLeft(the)).toEqual([1]);
    await approve(the, 'boss', request);
    await the.administer(ann, { ...read, dryRun: true });
    expect(await usesLeft(the)).toEqual([1]);
    const before = (await the.records()).length;
    await the.administer(ann, run(request));
    expect(await usesLeft(the)).toEqual([0]);
    const [record, ...others] = await the.records(before);
    expect(others).toEqual([]);
    expect(JSON.stringify(record?.changes)).toMatch(/"usesLeft","before":1,"after":0/);
    expect(record).toMatchObject({ command: 'listUsers', outcome: 'success', approval: { request } });
    expect(await the.contents('approvalRequests')).toMatchObject([{ state: 'used' }]);
  });

  it('keeps the approval if the ticket is gone', async () => {
    await using the = await house({ policy: BOTH });
    const ann = callerWith('ann');
    await open(the, ann, { uses: 1 });
    const request = requestIn(await the.refused(ann, { command: 'listUsers' }));
    await approve(the, 'boss', request);
    await the.administer(ann, { command: 'dropTickets' });
    expect(await the.refusal(ann, run(request))).toBe('ticket_required');
    expect(await the.contents('approvalRequests')).toMatchObject([{ state: 'open' }]);
    await open(the, ann, { uses: 1 });
    await the.administer(ann, run(request));
    expect(await usesLeft(the)).toEqual([0]);
  });

  it('is answered once, however often it is run at the same time', async () => {
    await using the = await house({ policy: BOTH });
    const ann = callerWith('ann');
    await open(the, ann, { uses: 5 });
    const request = requestIn(await the.refused(ann, { command: 'listUsers' }));
    await approve(the, 'boss', request);
    const ends = await Promise.all(
      Array.from({ length: 5 }, () => the.administer(ann, run(request)).then(() => 'done', reasonOf)),
    );
    expect(ends.filter((end) => end === 'done')).toHaveLength(1);
    expect(await usesLeft(the)).toEqual([4]);
  });

  it('beyond a budget uses one use of a ticket, whatever else asks for one', async () => {
    const ticket = { maxMinutes: 10 };
    const rules = [{ name: 'sensitive', who: ['anybody'], commands: ['getObjects', 'listOwned'], require: { ticket } }];
    const budgets = [{ name: 'curious', who: ['anybody'], owners: 0, require: { ticket } }];
    await using the = await house({ policy: JSON.stringify({ rules, budgets }) });
    const ann = callerWith('ann');
    await open(the, ann, { uses: 2 });
    await the.administer(ann, { command: 'listOwned', params: { user: 'boss' } });
    expect(await usesLeft(the)).toEqual([1]);
  });
});

it('no rule takes the commands away with which somebody drops what they have, or asks what they may do', async () => {
  const deny = { name: 'nothing', who: ['ann'], commands: ['*'], deny: true };
  const needs = { name: 'sensitive', who: ['anybody'], commands: ['addUser'], require: { approvals: { count: 1 } } };
  let text = JSON.stringify({ rules: [needs] });
  await using the = await house({ policy: { file: 'policy.yaml', read: async () => text } });
  const ann = callerWith('ann');
  await open(the, ann);
  const request = requestIn(await the.refused(ann, addUser()));
  text = JSON.stringify({ rules: [deny, needs] });
  await the.policy?.check();
  expect(the.policy?.trouble).toBeUndefined();
  for (const command of ['openTicket', 'listApprovals', 'listUsers']) {
    const params = command === 'openTicket' ? { proof: { token: signedInToken('ann') } } : {};
    expect(await the.refusal(ann, { command, params })).toBe('policy_denied');
  }
  const { result: mine } = await the.administer(ann, { command: 'listMyPrivileges' });
  expect((mine as { commands: string[] }).commands.toSorted()).toEqual([
    ...['cancelApproval', 'dropTickets', 'explain', 'listMyPrivileges', 'listMyTickets'],
  ]);
  const ask = (params: object) => the.administer(ann, { command: 'explain', params });
  expect((await ask({ command: 'dropTickets' })).result).toMatchObject({ verdict: 'allow' });
  expect((await ask({ command: 'listUsers' })).result).toMatchObject({ verdict: 'deny', rule: 'policy:nothing' });
  expect((await ask({ command: 'explain', params: { command: 'listUsers', for: 'boss' } })).result).toMatchObject({
    verdict: 'deny',
  });
  expect(await the.refusal(ann, { command: 'explain', params: { command: 'listUsers', for: 'boss' } })).toBe(
    'policy_denied',
  );
  expect((await the.administer(ann, { command: 'dropTickets' })).result).toEqual({ dropped: 1 });
  await the.administer(ann, { command: 'cancelApproval', params: { request } });
  expect(await the.contents('approvalRequests')).toMatchObject([{ state: 'cancelled' }]);
});

describe('a ticket', () => {
  it('is shown to its holder, who sees what it can be used for', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    const { result: opened } = await open(the, ann, { commands: ['listUsers', 'addUser'], minutes: 5, uses: 3 });
    expect(opened).toMatchObject({ commands: ['addUser', 'listUsers'], usesLeft: 3, provedBy: 'token', usable: true });
    const { opened: from, expires } = opened as { opened: string; expires: string };
    expect(Date.parse(expires) - Date.parse(from)).toBe(5 * 60_000);
    const mine = await the.administer(ann, { command: 'listMyTickets' });
    expect(mine.result).toEqual({ proofs: ['token'], tickets: [opened] });
    const elsewhere = await the.administer(callerWith('ann'), { command: 'listMyTickets' });
    expect((elsewhere.result as { tickets: object[] }).tickets).toMatchObject([{ usable: false }]);
    const other = await the.administer(callerWith('boss'), { command: 'listMyTickets' });
    expect((other.result as { tickets: object[] }).tickets).toEqual([]);
  });

  it.each([
    ['another token of the same person', async (_: TestHouse) => callerWith('ann')],
    ['another person', async (_: TestHouse) => callerWith('boss')],
  ])('is of no use to %s', async (_, thief) => {
    const the = shared;
    await open(the, callerWith('ann'));
    expect(await the.refusal(await thief(the), addUser())).toBe('ticket_required');
  });

  it('is for no other command than it was opened for', async () => {
    const the = shared;
    const ann = callerWith('ann');
    await open(the, ann, { commands: ['addUser'] });
    await the.administer(ann, addUser());
    expect((await the.refused(ann, { command: 'disableUser', user: 'boss' })).message).toContain(
      'yours is for other commands',
    );
  });

  it('is for the commands of a group', async () => {
    const the = shared;
    const ann = callerWith('ann');
    const { result } = await open(the, ann, { commands: ['group:directory-of-users', 'getConfig'] });
    expect((result as { commands: string[] }).commands).toEqual([
      ...['addUser', 'deleteUser', 'disableUser', 'enableUser', 'getConfig', 'listUsers', 'renameUser'],
    ]);
    await the.administer(ann, addUser());
    expect(await the.refusal(ann, { command: 'listAdmins' })).toBe('ticket_required');
  });

  it('expires', async () => {
    await using the = await house({ policy: ticketsFor(['addUser'], 60) });
    const ann = callerWith('ann');
    await open(the, ann, { minutes: 2 });
    the.later(1);
    await the.administer(ann, addUser());
    the.later(1);
    expect(await the.refusal(ann, addUser())).toBe('ticket_required');
  });

  it('from the future, since the clock was set back, is not valid', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    await open(the, ann);
    the.later(-1);
    expect(await the.refusal(ann, addUser())).toBe('ticket_required');
    the.later(1);
    await the.administer(ann, addUser());
  });

  it('with one use left lets one of many concurrent calls through', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    await open(the, ann, { uses: 1 });
    const calls = Array.from({ length: MANY }, () => the.administer(ann, addUser()).then(() => 'done', reasonOf));
    const ends = await Promise.all(calls);
    expect(ends.toSorted()).toEqual(['done', ...Array(MANY - 1).fill('ticket_required')]);
    expect(await the.contents('principals')).toHaveLength(3);
  });

  it('with one use left lets one of many concurrent reads through', async () => {
    const the = shared;
    const ann = callerWith('ann');
    await open(the, ann, { uses: 1 });
    const calls = Array.from({ length: MANY }, () =>
      the.administer(ann, { command: 'listUsers' }).then(() => 'done', reasonOf),
    );
    expect((await Promise.all(calls)).toSorted()).toEqual(['done', ...Array(MANY - 1).fill('ticket_required')]);
  });

  it.each([
    ['the holder gets other limits', [{ command: 'addAdmin', user: 'ann', params: { commands: ['addUser'] } }]],
    [
      'the holder stops being an administrator, and becomes one again',
      [
        { command: 'removeAdmin', user: 'ann' },
        { command: 'addAdmin', user: 'ann' },
      ],
    ],
    ['the holder gets a password', [{ command: 'setPassword', user: 'ann', params: { password: 'a password' } }]],
    ['the holder is renamed', [{ command: 'renameUser', user: 'ann', params: { newName: 'anna' } }]],
    [
      'the holder is renamed, and named as before',
      [
        { command: 'renameUser', user: 'ann', params: { newName: 'anna' } },
        { command: 'renameUser', user: 'anna', params: { newName: 'ann' } },
      ],
    ],
    [
      'the holder is disabled and enabled again',
      [
        { command: 'disableUser', user: 'ann' },
        { command: 'enableUser', user: 'ann' },
      ],
    ],
  ])('dies when %s', async (_, commands) => {
    await using the = await house({ policy: ticketsFor(['addUser']) });
    const ann = callerWith('ann');
    await open(the, ann);
    await the.administer(ann, addUser());
    for (const command of commands) {
      the.later(1 / 60);
      await the.administer('boss', command);
    }
    expect(await the.refusal(ann, addUser())).toBe('ticket_required');
  });

  it('is dropped without a proof, also by an administrator who may only read', async () => {
    await using the = await house();
    await the.administer('boss', {
      command: 'addAdmin',
      user: 'ann',
      params: { role: 'readOnly', commands: ['listUsers'], as: ['boss'] },
    });
    const ann = callerWith('ann');
    await open(the, ann);
    await the.administer(ann, { command: 'listUsers' });
    const { result } = await the.administer(ann, { command: 'dropTickets' });
    expect(result).toEqual({ dropped: 1 });
    expect(await the.refusal(ann, { command: 'listUsers' })).toBe('ticket_required');
    expect(await the.contents('tickets')).toEqual([]);
  });

  it('is one of at most twenty of a person: another one replaces the oldest', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    for (let n = 0; n < 21; n += 1) {
      the.later(1 / 60_000);
      await open(the, ann, { now: the.clock.now, uses: n + 1 });
    }
    const kept = (await the.contents('tickets')).map(({ usesLeft }) => Number(usesLeft));
    expect(kept.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
  });

  it('that is dropped is dropped on every instance at once', async () => {
    await using the = await house();
    await using other = await openHouse({ policy: POLICY, beside: the });
    const ann = callerWith('ann');
    await open(the, ann);
    await other.administer(ann, addUser());
    await the.administer(ann, { command: 'dropTickets' });
    expect(await other.refusal(ann, addUser())).toBe('ticket_required');
  });

  it('of a session ends with it', async () => {
    await using the = await house();
    await the.administer('boss', { command: 'createStaff', params: { username: 'stan', password: 'a password' } });
    await the.administer('boss', { command: 'addAdmin', user: 'stan' });
    const [stan] = (await the.contents('principals')).filter(({ username }) => username === 'stan');
    const cookie = () =>
      transactRecorded(the.database, { now: () => the.clock.now }, (tx) => openSession(tx, String(stan?._id)));
    const [first, second] = [await cookie(), await cookie()];
    const asStan = async (id: string, command: object) => {
      const origin = { ...originOf('nobody'), authorization: undefined, credential: { kind: 'session', id } as const };
      const administer = the.gate.method('Workspace.administer');
      if (administer === undefined) throw new Error('there is no administer');
      return the.gate.call(administer, {
        caller: await the.gate.identify(administer, origin),
        params: [command],
        origin,
      });
    };
    await asStan(first, { command: 'openTicket', params: { proof: { password: 'a password' } } });
    await asStan(first, addUser());
    await expect(asStan(second, addUser())).rejects.toMatchObject({ reason: 'ticket_required' });
    const closing = the.gate.method('Accounts.close_session');
    if (closing === undefined) throw new Error('there is no session to close');
    const origin = {
      ...originOf('nobody'),
      authorization: undefined,
      credential: { kind: 'session', id: first } as const,
    };
    await the.gate.call(closing, {
      caller: await the.gate.identify(closing, origin),
      params: [{ session: first }],
      origin,
    });
    await expect(asStan(first, addUser())).rejects.toMatchObject({ reason: 'session_missing' });
  });

  it('is used up by a call that another service carries out', async () => {
    let asked = 0;
    await using elsewhere = await startLoopback(async (request, response) => {
      asked += 1;
      const { id } = JSON.parse(await text(request)) as { id: string };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ version: '1.1', id, result: [null] }));
    });
    const policy = ticketsFor(['approveModRequest']);
    await using the = await house({ policy, typeDelegationTarget: elsewhere.url });
    const ann = callerWith('ann');
    const call = { command: 'approveModRequest', module: 'Mod' };
    expect(await the.refusal(ann, call)).toBe('ticket_required');
    await open(the, ann, { uses: 1 });
    await the.administer(ann, call);
    expect(await the.refusal(ann, call)).toBe('ticket_required');
    expect(asked).toBe(1);
  });

  it('goes with the account', async () => {
    await using the = await house();
    await open(the, callerWith('ann'));
    await the.administer('boss', { command: 'deleteUser', user: 'ann' });
    expect(await the.contents('tickets')).toEqual([]);
  });

  it('lasts no longer than the operator allows, and is for commands that there are', async () => {
    const the = shared;
    const ann = callerWith('ann');
    const params = { proof: { token: signedInToken('ann') } };
    const refused = (more: object) => the.refusal(ann, { command: 'openTicket', params: { ...params, ...more } });
    expect(await refused({ minutes: 11 })).toBe('invalid_params');
    expect(await refused({ commands: ['addUsr'] })).toBe('command_unknown');
    expect(await refused({ commands: ['group:users'] })).toBe('command_unknown');
    await the.administer(ann, { command: 'openTicket', params: { ...params, minutes: 10 } });
  });
});

describe('a service that acts for a person', () => {
  const portal = { act: { sub: 'portal', preferred_username: 'portal' } };

  let the: TestHouse;
  beforeAll(async () => {
    the = await house();
    await the.meet('portal');
    await the.administer('boss', { command: 'addAdmin', user: 'portal' });
  });
  afterAll(() => the[Symbol.asyncDispose]());

  it('needs a ticket of its own for them, opened with a proof of theirs, and cannot use theirs', async () => {
    const ann = callerWith('ann');
    const through = callerWith('ann', { claims: portal });
    await open(the, ann);
    expect(await the.refusal(through, addUser())).toBe('ticket_required');
    await open(the, through);
    await the.administer(through, addUser());
    await the.administer(through, { command: 'dropTickets' });
    expect(await the.refusal(through, addUser())).toBe('ticket_required');
    await the.administer(ann, addUser());
  });

  it('proves nothing with a delegated token', async () => {
    const proof = { token: signedInToken('ann', { claims: portal }) };
    expect(await the.refusal(callerWith('ann'), { command: 'openTicket', params: { proof } })).toBe('proof_refused');
    const own = { token: signedInToken('portal') };
    const through = callerWith('ann', { claims: portal });
    expect(await the.refusal(through, { command: 'openTicket', params: { proof: own } })).toBe('proof_refused');
  });

  it('does not change what they prove their identity with', async () => {
    for (const command of ['enrolTotp', 'confirmTotp', 'regenerateRecoveryCodes', 'removeTotp']) {
      const proof = command === 'confirmTotp' ? { totp: '123456' } : { token: signedInToken('ann') };
      const through = callerWith('ann', { claims: portal });
      expect([command, await the.refusal(through, { command, params: { proof } })]).toEqual([
        command,
        'proofs_of_person',
      ]);
    }
    expect(await the.contents('totp')).toEqual([]);
  });

  it('loses its ticket when it loses its right', async () => {
    const through = callerWith('ann', { claims: portal });
    await open(the, through);
    await the.administer('boss', { command: 'addAdmin', user: 'portal', params: { commands: ['addUser'] } });
    expect(await the.refusal(through, addUser())).toBe('ticket_required');
  });
});

const reasonOf = (error: unknown) => (error as { reason: string }).reason;
