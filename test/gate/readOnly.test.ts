import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { StoredRecord, TestHouse } from '../support/house.ts';
import { inTurn, LONG } from '../support/long.ts';
import { codeOf, signedInToken } from '../support/proofs.ts';
import { softAuthenticator } from '../support/softAuthenticator.ts';
import { bytesOf, calls, peopledHouse } from './calls.ts';

const VARIANTS = [{}, { dryRun: true }, { idempotencyKey: 'once' }, { reason: 'because' }] as const;

/** Commands with which every administrator writes about themself: they have a test of their own. */
const OWN = allCommands.filter((c) => c.effect === 'write' && c.open).map((c) => c.name);
/** They write a job of their own, and have tests of their own. */
const VERIFYING = allCommands.filter((c) => c.readOnly).map((c) => c.name);
const others = allCommands.filter((c) => ![...OWN, ...VERIFYING].includes(c.name));

const variants = inTurn(VARIANTS, 1);

const OF_PROOFS = ['tickets', 'totp', 'passkeys', 'usedTokens'];

let house: TestHouse;
beforeAll(async () => {
  house = await peopledHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

/** `success`, or the reason of the refusal. */
async function outcome(user: string, command: unknown): Promise<string> {
  return house.administer(user, command).then(
    () => 'success',
    (error) => (error instanceof StewardError ? error.reason : Promise.reject(error)),
  );
}

let seen = '';
/** What was recorded since this was last asked. */
async function newRecords(): Promise<StoredRecord[]> {
  const audit = house.database.db.collection<{ _id: string; records: StoredRecord[] }>('audit');
  const batches = await audit
    .find({ _id: { $gt: seen } })
    .sort({ _id: 1 })
    .toArray();
  seen = batches.at(-1)?._id ?? seen;
  return batches.flatMap(({ records }) => records);
}

let before: Awaited<ReturnType<typeof bytesOf>>;
const noteContents = async () => {
  before = await bytesOf(house);
};
/** Asked after each call in the long run, else after all of a list. */
const nothingChanged = async () => expect(await bytesOf(house)).toEqual(before);

describe('the calls of the matrix', () => {
  beforeAll(noteContents);
  afterAll(nothingChanged);

  it('cover every command', () => {
    expect(Object.keys(calls).sort()).toEqual(allCommands.map((c) => c.name).sort());
  });

  it.each(allCommands.map((c) => [c.name, c] as const))(
    'would do something for a full administrator: %s',
    async (name, command) => {
      const { result } = await house.administer('boss', { command: name, ...calls[name], dryRun: true });
      const { changes } = result as { changes: unknown[] };
      if (command.effect === 'write') expect(changes).not.toEqual([]);
      else expect(changes).toEqual([]);
      if (LONG) await nothingChanged();
    },
  );
});

describe('a read-only administrator', () => {
  beforeAll(noteContents);
  afterAll(nothingChanged);

  it.each(others.map((c) => [c.name, c] as const))(
    'changes nothing with %s, and every attempt leaves one record',
    async (name, command) => {
      for (const variant of variants()) {
        await newRecords();
        const done = await outcome('reader', { command: name, ...calls[name], ...variant });
        const refused = command.effect === 'write' || command.fullOnly === true;
        expect(done).toBe(refused ? 'rights_required' : endOf(name, variant));
        const [record, ...more] = await newRecords();
        expect(more).toEqual([]);
        const allowed = 'dryRun' in variant ? 'dryRun' : endOf(name, variant) === 'success' ? 'success' : 'failed';
        const recorded = refused ? 'denied' : allowed;
        expect(record).toMatchObject({ command: name, outcome: recorded, actor: { name: 'reader' }, changes: [] });
      }
      if (LONG) await nothingChanged();
    },
  );
});

describe('of what a full administrator did, a read-only one', () => {
  it('cannot carry out a plan', async () => {
    const { result } = await house.administer('boss', { command: 'addAdmin', user: 'ann', dryRun: true });
    const { plan } = result as { plan: string };
    expect(await outcome('reader', { command: 'addAdmin', user: 'ann', plan })).toBe('rights_required');
  });

  it('gets no answer to an idempotency key', async () => {
    const call = { command: 'setConfig', params: { set: {} }, idempotencyKey: 'of the boss' };
    await house.administer('boss', call);
    expect(await outcome('reader', call)).toBe('rights_required');
    await house.administer('cec', call);
    const done = (await house.records()).filter((r) => r.command === 'setConfig' && r.outcome === 'success');
    expect(done.map((r) => (r.actor as { name: string }).name)).toEqual(['boss', 'cec']);
  });
});

/** Where what the calls of the matrix name is not there, or not for everybody. */
const ENDS: Readonly<Record<string, string>> = {
  // The request for approval is that of somebody else, which only those see who may decide about it.
  getApproval: 'approval_unknown',
  proveRecord: 'record_unknown',
};

const endOf = (command: string, variant: object) => ('dryRun' in variant ? undefined : ENDS[command]) ?? 'success';

describe('a full administrator limited to two commands and one subject', () => {
  const MAY = [
    ...['explain', 'getApproval', 'getConfig', 'listAdmins', 'listApprovals', 'listCommands'],
    ...['listMyPrivileges', 'listMyTickets'],
  ];

  beforeAll(noteContents);
  afterAll(nothingChanged);

  it.each(others.map((c) => c.name))('changes nothing with %s, and every attempt leaves one record', async (name) => {
    for (const variant of variants()) {
      await newRecords();
      const done = await outcome('limited', { command: name, ...calls[name], ...variant });
      expect(done).toBe(MAY.includes(name) ? endOf(name, variant) : 'command_not_allowed');
      const [record, ...more] = await newRecords();
      expect(more).toEqual([]);
      expect(record).toMatchObject({ command: name, actor: { name: 'limited' }, changes: [] });
      expect(record?.outcome === 'denied').toBe(!MAY.includes(name));
    }
    if (LONG) await nothingChanged();
  });

  it('sees their true limits', async () => {
    const { result } = await house.administer('limited', { command: 'listMyPrivileges' });
    const { commands, ...rest } = result as { commands: string[] };
    expect(rest).toMatchObject({ user: 'limited', role: 'full', source: 'roster', as: ['ann'] });
    expect([...commands].sort()).toEqual([...MAY, ...OWN].toSorted());
    const listed = (await house.administer('limited', { command: 'listCommands' })).result as {
      name: string;
      allowed: boolean;
    }[];
    expect(
      listed
        .filter((c) => c.allowed)
        .map((c) => c.name)
        .sort(),
    ).toEqual([...MAY, ...OWN].toSorted());
  });
});

it('only verifications write for read-only administrators', () =>
  expect(VERIFYING.toSorted()).toEqual(['verifyAudit', 'verifyState']));

describe('an administrator with a limited role', () => {
  it('writes about themself with few commands', () => {
    expect(OWN.toSorted()).toEqual([
      ...['cancelApproval', 'challengePasskey', 'confirmPasskey', 'confirmTotp', 'dropTickets', 'enrolPasskey'],
      ...['enrolTotp', 'openTicket', 'regenerateRecoveryCodes', 'removePasskey', 'removeTotp', 'runApproved'],
    ]);
  });

  it.each(['reader', 'limited'])('proves their identity, and changes nothing else: %s', async (user) => {
    const before = await bytesOf(house, OF_PROOFS);
    const proof = () => ({ token: signedInToken(user) });
    const run = async (command: string, params?: object) =>
      (await house.administer(user, { command, ...(params === undefined ? {} : { params }) })).result;
    await run('openTicket', { proof: proof() });
    const { secret } = (await run('enrolTotp', { proof: proof() })) as { secret: string };
    await run('confirmTotp', { proof: { totp: codeOf(secret) } });
    const codes = (await run('regenerateRecoveryCodes', { proof: proof() })) as { recoveryCodes: string[] };
    await run('removeTotp', { proof: { recoveryCode: codes.recoveryCodes[0] } });
    const device = softAuthenticator('https://steward.example.org', 'steward.example.org');
    const { options } = (await run('enrolPasskey', { proof: proof() })) as { options: object };
    await run('confirmPasskey', { name: 'Phone', answer: device.create(options) });
    const asked = (await run('challengePasskey')) as { options: object };
    await run('openTicket', { proof: { passkey: device.get(asked.options) } });
    expect(await run('dropTickets')).toEqual({ dropped: 2 });
    expect(await bytesOf(house, OF_PROOFS)).toEqual(before);
  });
});

describe('a user who is no administrator', () => {
  beforeAll(noteContents);
  afterAll(nothingChanged);

  it.each(allCommands.map((c) => c.name))('is refused %s', async (name) => {
    for (const variant of variants()) {
      expect(await outcome('ann', { command: name, ...calls[name], ...variant })).toBe('not_admin');
    }
    if (LONG) await nothingChanged();
  });
});
