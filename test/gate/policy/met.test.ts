import { describe, expect, it } from 'vitest';
import { openHouse, type TestHouse, type TestHouseOptions, type Who } from '../../support/house.ts';
import { callerWith, signedInToken } from '../../support/proofs.ts';
import { approve, requestIn, run } from '../approvals/approvingHouse.ts';

const RULES = [
  { name: 'why', who: ['anybody'], commands: ['renameUser'], require: { reason: '^OPS-' } },
  { name: 'proof', who: ['anybody'], commands: ['renameUser', 'listUsers'], require: { ticket: { maxMinutes: 5 } } },
  { name: 'eyes', who: ['anybody'], commands: ['renameUser'], require: { approvals: { count: 1 } } },
  { name: 'emergencies', who: ['ann'], commands: ['breakGlass'], allow: true },
];
const POLICY = JSON.stringify({ rules: RULES });
const RENAME = { command: 'renameUser', user: 'pia', params: { newName: 'piet' } };
const QUESTION = { ...RENAME, withReason: 'OPS-1' };

async function house(options: TestHouseOptions = {}): Promise<TestHouse> {
  const opened = await openHouse({ policy: POLICY, ...options });
  await opened.meet('boss', 'ann', 'bob', 'pia');
  for (const user of ['ann', 'bob']) await opened.administer('boss', { command: 'addAdmin', user });
  return opened;
}

/** What the answer of `explain` says of each requirement, by its kind. */
async function requires(the: TestHouse, who: Who, params: object): Promise<Record<string, Record<string, unknown>>> {
  const { result } = await the.administer(who, { command: 'explain', params });
  const { requires: all } = result as { requires: { kind: string }[] };
  return Object.fromEntries(all.map(({ kind, ...said }) => [kind, said]));
}

const openTicket = (the: TestHouse, who: Who, more: object = {}) =>
  the.administer(who, { command: 'openTicket', params: { proof: { token: signedInToken('ann') }, ...more } });

describe('explain says of everything that a call needs', () => {
  it('what is missing', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    expect(await requires(the, ann, RENAME)).toEqual({
      reason: { rule: 'why', pattern: '^OPS-', met: false, missing: 'a reason' },
      ticket: {
        rule: 'proof',
        maxMinutes: 5,
        met: false,
        missing: expect.stringMatching(
          /^The policy asks for a ticket for renameUser \(rule proof\): prove your identity/,
        ),
      },
      approvals: {
        rule: 'eyes',
        count: 1,
        met: false,
        missing: 'a request for this call: it leaves one when it is sent',
      },
    });
    const unfit = await requires(the, ann, { ...RENAME, withReason: 'because' });
    expect(unfit.reason).toMatchObject({ met: false, missing: 'a reason that matches /^OPS-/' });
  });

  it('what is there already, until the call can be sent', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    const { result } = await openTicket(the, ann, { uses: 1 });
    const ticket = { met: true, ticket: (result as { id: string }).id };
    expect(await requires(the, ann, QUESTION)).toMatchObject({
      reason: { met: true },
      ticket,
      approvals: { met: false },
    });
    const request = requestIn(await the.refused(ann, { ...RENAME, reason: 'OPS-1' }));
    const asked = { met: false, request, missing: 'the request has 0 of 1 approvals' };
    expect(await requires(the, ann, QUESTION)).toMatchObject({ approvals: asked });
    await approve(the, 'bob', request);
    const all = await requires(the, ann, QUESTION);
    expect(all).toMatchObject({ reason: { met: true }, ticket, approvals: { met: true, request } });
    for (const said of Object.values(all)) expect(said).not.toHaveProperty('missing');
    await the.administer(ann, run(request));
    expect(await requires(the, ann, { ...QUESTION, user: 'piet', params: { newName: 'pia' } })).toMatchObject({
      ticket: { met: false },
      approvals: { met: false },
    });
  });

  it('nothing of what belongs to another call, another caller or another token', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    await openTicket(the, ann, { commands: ['listUsers'] });
    expect((await requires(the, ann, QUESTION)).ticket).toMatchObject({
      met: false,
      missing: expect.stringContaining('yours is for other commands'),
    });
    await openTicket(the, ann);
    const request = requestIn(await the.refused(ann, { ...RENAME, reason: 'OPS-1' }));
    await approve(the, 'bob', request);
    const unmet = { approvals: { met: false } };
    expect(await requires(the, ann, { ...QUESTION, params: { newName: 'paul' } })).toMatchObject(unmet);
    expect(await requires(the, ann, { ...QUESTION, user: 'bob' })).toMatchObject(unmet);
    expect(await requires(the, ann, { ...QUESTION, withReason: 'OPS-2' })).toMatchObject(unmet);
    expect(await requires(the, 'bob', QUESTION)).toMatchObject({ ...unmet, ticket: { met: false } });
    expect(await requires(the, callerWith('ann'), QUESTION)).toMatchObject({
      ticket: { met: false },
      approvals: { met: true },
    });
    await the.administer(ann, { command: 'dropTickets' });
    expect(await requires(the, ann, QUESTION)).toMatchObject({ ticket: { met: false } });
  });

  it('that an approval no longer counts, or that its request has expired', async () => {
    let now = new Date();
    await using the = await house({ now: () => now, approvalHours: 1 });
    const ann = callerWith('ann');
    await openTicket(the, ann);
    const request = requestIn(await the.refused(ann, { ...RENAME, reason: 'OPS-1' }));
    await approve(the, 'bob', request);
    expect(await requires(the, ann, QUESTION)).toMatchObject({ approvals: { met: true } });
    await the.administer('boss', { command: 'removeAdmin', user: 'bob' });
    expect(await requires(the, ann, QUESTION)).toMatchObject({ approvals: { met: false, request } });
    await the.administer('boss', { command: 'addAdmin', user: 'bob' });
    expect(await requires(the, ann, QUESTION)).toMatchObject({ approvals: { met: true } });
    now = new Date(now.getTime() + 3_600_001);
    const { approvals } = await requires(the, ann, QUESTION);
    expect(approvals).toMatchObject({ met: false });
    expect(approvals).not.toHaveProperty('request');
  });

  it('that it is met while the glass is broken', async () => {
    await using the = await house();
    const ann = callerWith('ann');
    await the.administer(ann, { command: 'breakGlass', params: { reason: 'nobody answers' } });
    expect(await requires(the, ann, RENAME)).toMatchObject({
      reason: { met: true },
      ticket: { met: true },
      approvals: { met: true },
    });
  });

  it('nothing of what it cannot know: tickets of others, and approvals of a call that is not named', async () => {
    await using the = await house();
    const { approvals } = await requires(the, 'ann', { command: 'renameUser' });
    expect(approvals).toEqual({ rule: 'eyes', count: 1 });
    const others = await requires(the, 'boss', { ...QUESTION, for: 'ann' });
    expect(others.ticket).toEqual({ rule: 'proof', maxMinutes: 5 });
    expect(others.reason).toMatchObject({ met: true });
    const { result } = await the.administer('ann', { command: 'listMyPrivileges' });
    expect(JSON.stringify(result)).not.toContain('"met"');
  });
});
