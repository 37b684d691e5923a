import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JobView, StateReport } from '../../../src/base/schemas/generated.ts';
import { COVERED, NOT_COVERED } from '../../../src/domain/state/coverage.ts';
import { peopledHouse } from '../../gate/calls.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { LONG } from '../../support/long.ts';
import { randomCommand } from '../../support/randomCommands.ts';

const state = async ({ administer }: TestHouse, params: object = {}): Promise<JobView> =>
  (await administer('boss', { command: 'verifyState', params })).result as JobView;

/** The report of a verification, which is done within the call if there is not much to read. */
async function verify(house: TestHouse): Promise<StateReport> {
  const { job } = await state(house);
  for (;;) {
    const found = (await house.administer('boss', { command: 'getJob', params: { id: job } })).result as JobView;
    if (found.stateVerification !== undefined) return found.stateVerification;
    expect(found.state).toBe('running');
    await house.worker.turn('jobs');
  }
}

const documents = ({ database }: TestHouse, name: string) => database.db.collection<{ _id: string }>(name);

/** A house whose documents are what its records say: what its preparation put past the gate is taken away again. */
async function recordedHouse(): Promise<TestHouse> {
  const house = await peopledHouse();
  await documents(house, 'roster').updateOne({ _id: 'roster' }, { $unset: { broken: '' } });
  return house;
}

/** How many write at the same time as it verifies. */
const WRITERS = LONG ? 32 : 6;

/** What somebody changes past the gate, each in a document, and what is found. */
const CHANGES: readonly (readonly [
  what: string,
  collection: string,
  filter: object,
  update: object,
  finding: object,
])[] = [
  [
    'an owner',
    'workspaces',
    { _id: 'ws1' },
    { $set: { owners: ['bea'] } },
    { field: 'owners', expected: ['ann'], actual: ['bea'] },
  ],
  [
    'a grant',
    'workspaces',
    { _id: 'ws1' },
    { $push: { grants: { principal: 'dan', level: 'admin' } } },
    { field: 'grants[dan]', actual: { principal: 'dan', level: 'admin' } },
  ],
  [
    'a visibility',
    'resources',
    { name: 'book' },
    { $set: { visibility: 'public' } },
    { field: 'visibility', actual: 'public' },
  ],
  [
    'a name',
    'workspaces',
    { _id: 'ws1' },
    { $set: { name: 'x' } },
    { field: 'name', expected: 'ann:data', actual: 'x' },
  ],
  [
    'a lock',
    'workspaces',
    { _id: 'ws2' },
    { $set: { locked: false } },
    { field: 'locked', expected: true, actual: false },
  ],
  ['a parent', 'resources', { name: 'book' }, { $set: { parents: [] } }, { field: 'parents', actual: [] }],
  [
    'an administrator',
    'roster',
    { _id: 'roster' },
    { $push: { admins: { principal: 'ann', role: 'full' } } },
    { field: 'admins[ann]', actual: { principal: 'ann', role: 'full' } },
  ],
  [
    'a limit of an administrator',
    'roster',
    { _id: 'roster' },
    { $unset: { 'admins.$[a].commands': '' } },
    { field: 'admins[limited]' },
  ],
  ['a member', 'roles', { name: 'curators' }, { $push: { members: { principal: 'dan' } } }, { field: 'members[dan]' }],
  ['a friend', 'friends', { pair: 'ann' }, { $set: { agreed: ['ann'] } }, { field: 'agreed', actual: ['ann'] }],
  ['an account', 'principals', { _id: 'dan' }, { $set: { state: 'active' } }, { field: 'state', expected: 'disabled' }],
  ['staff', 'principals', { _id: 'ann' }, { $set: { kind: 'staff' } }, { field: 'kind', actual: 'staff' }],
  [
    'the owner of a module',
    'modules',
    { _id: 'Owned' },
    { $pull: { owners: { principal: 'ann' } } },
    { field: 'owners[ann]' },
  ],
];

/** These all together for one verification; in the long run each alone. */
const atOnce = <T>(values: readonly T[], nameOf: (value: T) => string) =>
  (LONG ? values.map((value) => [value]) : [values]).map((some) => ({ names: some.map(nameOf).join(', '), some }));

describe('verifyState', () => {
  it('finds nothing where every change went through the gate, and says what it covers', async () => {
    await using house = await recordedHouse();
    const report = await verify(house);
    expect(report).toMatchObject({ ok: true, findings: [], more: 0, unsettled: 0, missingRecords: 0 });
    expect(report.documents).toBeGreaterThan(20);
    const named = [...COVERED.map(({ of }) => of.name), ...Object.keys(NOT_COVERED)];
    const all = (await house.database.db.listCollections().toArray()).map(({ name }) => name);
    expect(all.filter((name) => !named.includes(name))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  describe('finds that somebody', () => {
    /** What each test changes, it changes back. */
    let house: TestHouse;
    beforeAll(async () => {
      house = await recordedHouse();
    });
    afterAll(() => house[Symbol.asyncDispose]());

    it.each(atOnce(CHANGES, ([what]) => what))('changed $names past the gate', async ({ some }) => {
      const mendings: (() => Promise<unknown>)[] = [];
      const expected: object[] = [];
      for (const [, collection, filter, update, finding] of some) {
        const options = JSON.stringify(update).includes('$[a]') ? { arrayFilters: [{ 'a.principal': 'limited' }] } : {};
        const changed = await documents(house, collection).findOneAndUpdate(filter, update, options);
        if (changed === null) throw new Error(`there is no such document in ${collection}`);
        mendings.push(() => documents(house, collection).replaceOne({ _id: changed._id }, changed));
        expected.push(expect.objectContaining({ kind: 'changed', collection, id: changed._id, ...finding }));
      }
      const report = await verify(house);
      for (const mend of mendings.toReversed()) await mend();
      expect(report.ok).toBe(false);
      expect(report.findings).toHaveLength(some.length);
      expect(report.findings).toEqual(expect.arrayContaining(expected));
    });

    it.each(atOnce(['workspaces', 'resources', 'roles', 'friends', 'principals', 'modules'], (name) => name))(
      'removed, or put, one of the $names past the gate',
      async ({ some }) => {
        const places = ({ findings }: StateReport) => findings.map((f) => [f.kind, f.collection, f.id]).toSorted();
        const expected = (kind: string, ids: Map<string, string>) =>
          [...ids].map(([collection, id]) => [kind, collection, id]).toSorted();
        const [removed, put] = [new Map<string, string>(), new Map<string, string>()];
        const all = new Map<string, { _id: string }>();
        for (const name of some) {
          const one = (await documents(house, name).findOneAndDelete({})) ?? { _id: '' };
          all.set(name, one);
          removed.set(name, one._id);
          put.set(name, name === 'workspaces' ? 'ws99' : 'somebody-else');
        }
        expect(places(await verify(house))).toEqual(expected('missing', removed));
        for (const [name, one] of all) await documents(house, name).insertOne(one);
        expect(await verify(house)).toMatchObject({ ok: true });
        for (const [name, _id] of put) {
          await documents(house, name).insertOne({
            ...all.get(name),
            ...{ name: 'x', number: 99, pair: [], username: 'x', subject: 'x', externalId: 'x' },
            _id,
          });
        }
        const report = await verify(house);
        for (const [name, _id] of put) await documents(house, name).deleteOne({ _id });
        expect(places(report)).toEqual(expected('inserted', put));
      },
    );
  });

  it('finds it in what is sealed and in what is not', async () => {
    await using house = await recordedHouse();
    await house.sealer.seal();
    await house.administer('boss', { command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'cec' } });
    expect(await verify(house)).toMatchObject({ ok: true });
    await documents(house, 'workspaces').updateOne({ _id: 'ws1' }, { $set: { owners: ['ann'] } });
    const finding = { field: 'owners', expected: ['cec'], actual: ['ann'] };
    expect(await verify(house)).toMatchObject({ findings: [finding] });
    await house.sealer.seal();
    expect(await verify(house)).toMatchObject({ findings: [finding] });
  });

  it('says how many records are missing', async () => {
    await using house = await recordedHouse();
    await house.sealer.seal();
    const batch = await documents(house, 'audit').findOne({ 'records.command': 'lockWorkspace' });
    await documents(house, 'audit').deleteOne({ _id: batch?._id ?? '' });
    expect(await verify(house)).toMatchObject({
      ok: false,
      missingRecords: 1,
      findings: [{ field: 'locked', actual: true }],
    });
  });

  it(`is silent while ${WRITERS} others write, whatever they write`, { timeout: 3_600_000 }, async () => {
    await using house = await recordedHouse();
    const stop = new AbortController();
    let written = 0;
    const writers = Array.from({ length: WRITERS }, async (_, i) => {
      const user = ['ann', 'bea', 'cec'][i % 3] ?? '';
      for (let round = i; !stop.signal.aborted; round += 1) {
        const shared = [user === 'ann' ? 'dan' : 'ann', 'cec'];
        const params = { id: 1 + (i % 2), new_permission: 'nrwa'[round % 4], users: shared };
        for (const command of [
          { command: 'setPermissions', params },
          { command: 'addAdmin', user, params: { role: 'readOnly' } },
          { command: 'removeAdmin', user },
        ]) {
          const isDone = await house.administer('boss', command).then(
            () => true,
            () => false,
          );
          if (isDone) written += 1;
        }
      }
    });
    try {
      for (let verified = 0; verified < (LONG ? 20 : 2); verified += 1) {
        const before = written;
        const { findings, more } = await verify(house);
        expect({ findings, more }).toEqual({ findings: [], more: 0 });
        await vi.waitUntil(() => written > before, { timeout: 60_000 });
      }
    } finally {
      stop.abort();
      await Promise.all(writers);
    }
    expect(await verify(house)).toMatchObject({ ok: true });
  });

  it('is silent after random commands', { timeout: 3_600_000 }, async () => {
    await using house = await recordedHouse();
    let done = 0;
    for (const command of fc.sample(randomCommand, { numRuns: LONG ? 10_000 : 40, ...(LONG ? {} : { seed: 11 }) })) {
      done += await house.administer('boss', command).then(
        () => 1,
        () => 0,
      );
    }
    expect(done).toBeGreaterThan(LONG ? 1_000 : 10);
    expect(await verify(house)).toMatchObject({ ok: true, findings: [] });
  });

  it('is one at a time, and is begun again by another instance if the first one ends', async () => {
    await using house = await recordedHouse();
    await using other = await openHouse({ beside: house });
    // As an instance leaves it that was killed in the middle.
    const { job } = await state(house);
    await documents(house, 'jobs').updateOne(
      { _id: job },
      { $set: { state: 'running', progress: { phase: 'comparing', records: 9, documents: 9, compared: 3 } } },
    );
    expect(await state(house)).toMatchObject({ job, state: 'running' });
    await other.worker.turn('jobs');
    const done = (await house.administer('reader', { command: 'getJob', params: { id: job } })).result as JobView;
    expect(done).toMatchObject({ job, kind: 'verifyState', state: 'done', stateVerification: { ok: true } });
    for (const { total, moved } of done.types) expect(moved).toBe(total);
    expect((await state(house)).job).not.toBe(job);
    expect(await house.refusal('ann', { command: 'verifyState' })).toBe('not_admin');
    expect(await house.refusal('boss', { command: 'revertJob', params: { id: job } })).toBe('invalid_params');
  });

  it('goes on in the background where there is much to read, can be paused and cancelled, and frees its files', async () => {
    await using house = await recordedHouse();
    await using small = await openHouse({ beside: house, limits: { perPart: 1, perDeletion: 1 } });
    const { job } = await state(small);
    const control = async (command: string) =>
      ((await small.administer('boss', { command, params: { id: job } })).result as JobView).state;
    expect(await control('pauseJob')).toBe('paused');
    await small.worker.turn('jobs');
    expect(await control('resumeJob')).toBe('running');
    await small.worker.turn('jobs');
    expect(await control('getJob')).toBe('done');
    const { job: another } = await state(small);
    await small.administer('boss', { command: 'cancelJob', params: { id: another } });
    await small.worker.turn('jobs');
    const { result } = await small.administer('boss', { command: 'getJob', params: { id: another } });
    expect(result).toMatchObject({ state: 'cancelled' });
    expect(result).not.toHaveProperty('stateVerification');
  });
});
