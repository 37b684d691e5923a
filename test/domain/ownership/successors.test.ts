import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../src/audit/journal.ts';
import { auditCollection } from '../../../src/audit/record.ts';
import { moveToChangedIds } from '../../../src/domain/ownership/changedIds.ts';
import { mintService } from '../../../src/identity/mintAuthority.ts';
import type { Principal } from '../../../src/identity/principal.ts';
import { jobs } from '../../../src/jobs/job.ts';
import { NOW, person } from '../../support/people.ts';
import { type Estate, openEstate, thing, workspace } from './estate.ts';

const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const old = person('old', {
  ...{ username: 'ann', issuer: 'jwt', subject: 'old', state: 'former', living: false, closedAt: NOW },
});
const successor = person('new', { username: 'ann', issuer: 'jwt', subject: 'new' });

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
});
afterAll(() => estate[Symbol.asyncDispose]());
beforeEach(() => estate.reset([]));

async function cycle(people: readonly Principal[], signal = new AbortController().signal) {
  await estate.put('principals', ...people);
  const committed = vi.fn();
  const { database } = estate;
  const journal = new Journal(database, (error) => console.error(error));
  await moveToChangedIds(
    { database, journal, now: () => at(9), authority: mintService(new Date(0)), committed },
    signal,
  );
  return committed.mock.calls.map(([changes]) => changes.length > 0);
}

describe('what a closed account owned', () => {
  it('goes to the user who got its name from the same issuer since, as a recorded job of the service', async () => {
    await estate.put('resources', thing('r1', { owners: ['old'] }), thing('r2', { owners: ['bea'] }));
    await estate.put('workspaces', workspace(1, 'w', { owners: ['old'] }));
    expect(await cycle([old, successor, person('bea')])).toEqual([true]);
    expect(await estate.owners()).toEqual({ ws1: ['new'], r1: ['new'], r2: ['bea'] });
    expect((await estate.database.db.collection('workspaces').findOne())?.grants).toEqual([]);
    expect(await estate.database.find(jobs, {})).toMatchObject([
      {
        ...{ kind: 'changedUserIds', state: 'done', from: { id: 'old' }, to: { id: 'new', name: 'ann' } },
        task: { from: 'old', to: 'new', previousOwner: 'drop' },
        initiator: {
          ...{ actor: { id: 'steward', name: 'steward' }, authority: 'service', roles: [] },
          ...{ reason: 'change-ownership-of-changed-user-ids', requestId: 'cycle', address: '-' },
        },
      },
    ]);
    const records = (await estate.database.find(auditCollection, {})).flatMap((batch) => batch.records);
    expect(records).toEqual([
      expect.objectContaining({
        ...{ via: 'job', command: 'changedUserIds', outcome: 'success', actor: { id: 'steward', name: 'steward' } },
        reason: 'change-ownership-of-changed-user-ids',
      }),
    ]);
  });

  it.each<[string, { readonly owners: string[] }, 'workspaces' | 'resources']>([
    ['a workspace', { owners: ['old'] }, 'workspaces'],
    ['a resource of another system', { owners: ['bea', 'old'] }, 'resources'],
  ])('goes to them although it is only %s', async (_, more, of) => {
    await estate.put(of, of === 'workspaces' ? workspace(1, 'w', more) : thing('r1', { type: 'manifest', ...more }));
    expect(await cycle([old, successor, person('bea')])).toEqual([true]);
  });

  it.each<[string, Partial<Principal>, Partial<Principal>]>([
    ['another name', {}, { username: 'anna' }],
    ['another issuer', {}, { issuer: 'another' }],
    ['a user who is disabled', {}, { state: 'disabled' }],
    ['a user who was there before it was closed', {}, { createdAt: at(-1) }],
    ['a user of an account that was closed at an unknown time', { closedAt: undefined } as never, {}],
    ['a user of an account that nobody had claimed', { subject: undefined } as never, {}],
  ])('does not go to %s', async (_, ofOld, ofNew) => {
    await estate.put('resources', thing('r1', { owners: ['old'] }));
    const plain = (user: object) => JSON.parse(JSON.stringify(user), (k, v) => (k.endsWith('At') ? new Date(v) : v));
    expect(await cycle([plain({ ...old, ...ofOld }), plain({ ...successor, ...ofNew })])).toEqual([]);
    expect(await estate.owners()).toEqual({ r1: ['old'] });
    expect(await estate.database.find(jobs, {})).toEqual([]);
  });

  it('goes once: what was given back stays so', async () => {
    await estate.put('resources', thing('r1', { owners: ['old'] }));
    await cycle([old, successor]);
    await estate.put('resources', thing('r1', { owners: ['old'] }));
    expect(await cycle([old, successor])).toEqual([false]);
    expect(await estate.owners()).toEqual({ r1: ['old'] });
    // Another account of the name is another matter, and so is a job of another kind.
    await estate.put('jobs', { ...(await estate.database.find(jobs, {}))[0], kind: 'changeOwner' });
    expect(await cycle([old, successor])).toEqual([true]);
  });

  it('begins no job where it owned nothing, or once the service is stopping', async () => {
    await estate.put('resources', thing('r1', { owners: ['bea'] }));
    await estate.put('workspaces', workspace(1, 'w', { owners: ['bea'] }));
    expect(await cycle([old, successor])).toEqual([]);
    await estate.put('resources', thing('r1', { owners: ['old'] }));
    const stop = new AbortController();
    stop.abort();
    expect(await cycle([old, successor], stop.signal)).toEqual([]);
    expect(await estate.owners()).toEqual({ r1: ['old'], ws1: ['bea'] });
  });

  it('does not go to who follows another account', async () => {
    const others = { ...old, _id: 'o-bea', username: 'bea', subject: 'o-bea' };
    await estate.put('resources', thing('r1', { owners: ['old'] }), thing('r2', { owners: ['o-bea'] }));
    await cycle([old, others, { ...successor, username: 'bea' }]);
    expect(await estate.owners()).toEqual({ r1: ['old'], r2: ['new'] });
  });

  it('of several accounts of one name goes to the successor', async () => {
    const older = { ...old, _id: 'older', subject: 'older' };
    await estate.put('resources', thing('r1', { owners: ['old'] }), thing('r2', { owners: ['older'] }));
    expect(await cycle([older, old, successor])).toEqual([true, true]);
    expect(await estate.owners()).toEqual({ r1: ['new'], r2: ['new'] });
  });
});
