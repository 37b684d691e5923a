import { afterEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../src/audit/journal.ts';
import type { AuditRecord, RecordDraft } from '../../src/audit/record.ts';
import { resources } from '../../src/domain/resources/resource.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { Command } from '../../src/operations/operation.ts';
import { UnrecordedChangesError } from '../../src/store/changeList.ts';
import { openWorld } from '../domain/workspaces/world.ts';
import { acting, command } from '../support/acting.ts';
import { openHouse } from '../support/house.ts';
import { bytesOf } from './calls.ts';

afterEach(() => vi.restoreAllMocks());

/** Drops the selected records from now on, so that changes would commit without them. */
function forgetRecords(picked: (draft: RecordDraft) => boolean) {
  const appendIn = Journal.prototype.appendIn;
  return vi.spyOn(Journal.prototype, 'appendIn').mockImplementation(async function (this: Journal, tx, draft) {
    if (!picked(draft)) return appendIn.call(this, tx, draft);
    return { ...draft, id: 'forgotten-0', hash: '' } satisfies AuditRecord;
  });
}

/** Everything that is stored, but numbers that were drawn. */
async function state(house: Parameters<typeof bytesOf>[0]) {
  const { counters: _, ...others } = await bytesOf(house);
  return others;
}

describe('a write without a record', () => {
  it.each<[string, object]>([
    ['alone', { command: 'createRole', params: { name: 'readers', members: ['ann'] } }],
    ['in the lane of the roster', { command: 'addAdmin', user: 'ann' }],
    ['in a wide lane', { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:x' } }],
    ['with an idempotency key', { command: 'addUser', user: 'eve', idempotencyKey: 'k' }],
  ])('is impossible: a command %s', async (_, call) => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    const before = await state(house);
    forgetRecords(({ via }) => via === 'command');
    await expect(house.administer('boss', call)).rejects.toThrow(UnrecordedChangesError);
    expect(await state(house)).toEqual(before);
    vi.restoreAllMocks();
    expect((await house.records()).at(-1)).toMatchObject({ outcome: 'failed', error: 'internal' });
    expect(await house.administer('boss', call)).toMatchObject({ receipt: { record: expect.any(String) } });
  });

  it('is impossible: a method', async () => {
    await using world = await openWorld();
    const before = await state(world);
    forgetRecords(({ via }) => via === 'method');
    for (const [method, params] of [
      ['create_workspace', { workspace: 'ann:x' }],
      ['request_module_ownership', 'Genomes'],
    ] as const) {
      await expect(world.call('ann', method, params)).rejects.toThrow(UnrecordedChangesError);
    }
    expect(await state(world)).toEqual(before);
  });

  it('is impossible: a sign-in that makes a principal', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    const before = await state(house);
    forgetRecords(({ via }) => via === 'signIn');
    await expect(house.signIn('ann')).rejects.toThrow(UnrecordedChangesError);
    expect(await state(house)).toEqual(before);
  });

  it('is impossible: the start of the service', async () => {
    forgetRecords(({ command: name }) => name === 'start');
    await expect(openHouse()).rejects.toThrow(UnrecordedChangesError);
  });

  it('is impossible: a part of a job, which goes on once it is recorded', async () => {
    const errors: unknown[] = [];
    await using world = await openWorld({ onError: (error) => errors.push(error), limits: { perPart: 100 } });
    const thing = (i: number) => ({
      ...{ _id: `res-${i}`, revision: 1, type: 'plate', name: `plate ${i}`, owners: ['ann'], grants: [], parents: [] },
      ...{ visibility: 'private', createdAt: new Date(), modifiedAt: new Date() },
    });
    const things = Array.from({ length: 150 }, (_, i) => thing(i));
    await world.database.db.collection(resources.name).insertMany(things as never[]);
    const ownedBy = (owner: string) => world.database.db.collection(resources.name).countDocuments({ owners: owner });
    const { job } = (await world.run('changeOwner', { from: 'ann', to: 'bea' })) as { job: string };
    const spy = forgetRecords(({ via }) => via === 'job');
    world.worker.start();
    await expect.poll(() => errors.length, { timeout: 180_000 }).toBeGreaterThan(0);
    expect(errors[0]).toBeInstanceOf(UnrecordedChangesError);
    expect([await ownedBy('ann'), await ownedBy('bea')]).toEqual([150, 0]);
    spy.mockRestore();
    const isDone = async () => ((await world.run('getJob', { id: job })) as { state: string }).state;
    await expect.poll(isDone, { timeout: 180_000 }).toBe('done');
    await world.worker.stop();
    expect([await ownedBy('ann'), await ownedBy('bea')]).toEqual([0, 150]);
  });

  it('does not affect calls that share its transaction', async () => {
    await using house = await openHouse();
    const users = Array.from({ length: 9 }, (_, i) => `u${i}`);
    await house.meet('boss', ...users);
    forgetRecords(({ params }) => ['u1', 'u5'].includes((params as { user: string } | undefined)?.user ?? ''));
    const calls = users.map((user) => house.administer('boss', { command: 'addAdmin', user }));
    const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status);
    vi.restoreAllMocks();
    const { result } = await house.administer('boss', { command: 'listAdmins' });
    const guilty = (user: string) => user === 'u1' || user === 'u5';
    expect(outcomes).toEqual(users.map((user) => (guilty(user) ? 'rejected' : 'fulfilled')));
    expect(result).toEqual(['boss', ...users.filter((user) => !guilty(user))]);
    const recorded = (await house.records()).filter((r) => r.command === 'addAdmin' && r.outcome === 'success');
    expect(recorded).toHaveLength(7);
  });
});

describe('a command that fails', () => {
  const wrong = (name: string, run: Extract<Command, { effect: 'write' }>['run']) =>
    command({ ...acting, name, user: 'ignored', effect: 'write', run });

  it('cannot write what it does not wait for, nor after its transaction', async () => {
    let late: (() => Promise<unknown>) | undefined;
    const note = { type: 'plate', name: 'x', owners: ['ann'], grants: [], parents: [] };
    const made = (_id: string) =>
      ({ _id, ...note, visibility: 'private', createdAt: new Date(), modifiedAt: new Date() }) as never;
    const many = Array.from({ length: 2_000 }, (_, i) => made(`res-${i}`));
    const commands = [
      ...allCommands,
      wrong('hasty', async ({ tx }) => {
        tx.insertEach(resources, many).catch(() => undefined);
      }),
      wrong('late', async ({ tx }) => {
        late = () => tx.insert(resources, made('res-x'));
      }),
    ];
    await using house = await openHouse({ commands });
    await expect(house.administer('boss', { command: 'hasty' })).rejects.toThrow();
    await house.administer('boss', { command: 'late' });
    await expect(late?.()).rejects.toThrow('the transaction has ended');
    expect(await house.contents('resources')).toEqual([]);
  });
});
