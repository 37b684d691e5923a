import { describe, expect, it, vi } from 'vitest';
import { type Effect, type Page, planMoves } from '../../../src/domain/ownership/planMoves.ts';
import type { Move } from '../../../src/domain/ownership/transfer.ts';
import type { LaterWork, Transaction } from '../../../src/store/transaction.ts';
import { NOW } from '../../support/people.ts';

const later = new Date(NOW.getTime() + 1_000);

/** The move of a resource from ann to bea. */
const move = (id: string, { now = NOW, revision = 1, to = 'bea', type = 'plate' } = {}): Move => {
  const item = { id, type };
  const before = { _id: id, revision, type, name: `name of ${id}`, owners: ['ann'], grants: [], visibility: 'private' };
  const after = { ...before, owners: [to], modifiedAt: now };
  return { item, change: { before: { ...before, modifiedAt: new Date(0) }, after } } as unknown as Move;
};
const left = (id: string, outcome: 'failed' | 'skipped', reason = 'resource_missing'): Move =>
  ({ item: { id, type: 'plate' }, outcome, reason }) as Move;

interface Planned {
  readonly what?: unknown;
  readonly now?: Date;
  readonly page?: Page;
  readonly effects?: readonly Effect[];
}

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

async function plan(batches: readonly (readonly Move[])[], { what = 'x', now = NOW, page, effects }: Planned = {}) {
  const planLaterWork = vi.fn((_: LaterWork) => undefined);
  const tx = {
    assignments: { instant: now, instants: new Set(), ids: new Set(), numbers: new Map(), hidden: new Set() },
    planLaterWork,
  } as unknown as Transaction;
  const types = [{ type: 'plate', total: 3, moved: 1, failed: 1, skipped: 1 }];
  await planMoves(tx, {
    ...{ what, types, batches: each(batches) },
    ...(page === undefined ? {} : { page }),
    ...(effects === undefined ? {} : { effects: each(effects) }),
  });
  const [laterWork] = planLaterWork.mock.calls[0] ?? [];
  if (laterWork === undefined) throw new Error('no later work was planned');
  return laterWork;
}
const seal = async (...args: Parameters<typeof plan>) => (await plan(...args)).sealed;

describe('a plan', () => {
  it('shows each item with what would become of it, the changes, and how many there are of each type', async () => {
    const { shown, sealed } = await plan([[move('r1'), left('r2', 'failed', 'grants_full')], [left('r3', 'skipped')]]);
    expect(sealed).toMatch(/^[0-9a-f]{64}$/);
    expect(shown).toEqual({
      changes: [expect.objectContaining({ collection: 'resources', id: 'r1', op: 'update' })],
      total: 3,
      types: [{ type: 'plate', total: 3 }],
      items: [
        { id: 'r1', type: 'plate', name: 'name of r1', outcome: 'wouldMove' },
        { id: 'r2', type: 'plate', outcome: 'wouldFail', reason: 'grants_full' },
        { id: 'r3', type: 'plate', outcome: 'wouldSkip', reason: 'resource_missing' },
      ],
    });
  });

  it('shows changes of workspaces and of other resources as those of their collections', async () => {
    const { shown } = await plan([[move('ws1', { type: 'workspace' }), move('r1')]]);
    expect(shown.changes.map(({ collection, id }) => `${collection}/${id}`)).toEqual([
      'workspaces/ws1',
      'resources/r1',
    ]);
  });

  it('is shown a page at a time, and its hash is of all pages', async () => {
    const batches = [
      [move('r1'), move('r2')],
      [move('r3'), left('r4', 'skipped')],
    ];
    const whole = await plan(batches);
    const first = await plan(batches, { page: { limit: 3 } });
    const ids = ({ shown }: LaterWork) => (shown.items as { id: string }[]).map(({ id }) => id);
    expect([ids(first), first.shown.changes.length, first.shown.total]).toEqual([['r1', 'r2', 'r3'], 3, 4]);
    const second = await plan(batches, { page: { limit: 3, cursor: String(first.shown.next) } });
    expect([ids(second), second.shown.changes, second.shown.next]).toEqual([['r4'], [], undefined]);
    expect([first.sealed, second.sealed]).toEqual([whole.sealed, whole.sealed]);
    expect(whole.shown).not.toHaveProperty('next');
    expect((await plan(batches, { page: { limit: 4 } })).shown).not.toHaveProperty('next');
    await expect(plan(batches, { page: { cursor: 'x' } })).rejects.toMatchObject({ reason: 'invalid_params' });
  });

  it('shows a hundred items, unless another number is asked for', async () => {
    const { shown } = await plan([Array.from({ length: 101 }, (_, i) => left(`r${i}`, 'skipped'))]);
    expect((shown.items as unknown[]).length).toBe(100);
    expect(shown.next).toEqual(expect.any(String));
  });

  it('depends on what is planned, and on every item: its revision, its changes, and why it would stay', async () => {
    const seals = [
      ...[await seal([[move('r1')]]), await seal([[move('r1')]], { what: 'y' }), await seal([[move('r2')]])],
      ...[await seal([[move('r1', { revision: 2 })]]), await seal([[move('r1', { to: 'cec' })]])],
      ...[await seal([[left('r1', 'failed')]]), await seal([[left('r1', 'skipped')]])],
      ...[await seal([[left('r1', 'failed', 'grants_full')]]), await seal([])],
      await seal([[move('r1'), move('r2')]]),
    ];
    expect(new Set(seals).size).toBe(seals.length);
    expect(await seal([[move('r1')], [move('r2')]])).toBe(seals.at(-1));
  });

  it('does not depend on the time at which it is made', async () => {
    expect(await seal([[move('r1', { now: later })]], { now: later })).toBe(await seal([[move('r1')]]));
  });

  it('tells what else would be done, at most a thousand of them, and depends on each', async () => {
    const effect = (i: number, of: readonly (string | number)[] = [i]): Effect => ({ of, would: `Would ${i}` });
    const { shown } = await plan([], { effects: [effect(1), effect(2)] });
    expect(shown.effects).toEqual(['Would 1', 'Would 2']);
    expect((await plan([])).shown).not.toHaveProperty('effects');
    const many = Array.from({ length: 1_001 }, (_, i) => effect(i));
    expect(((await plan([], { effects: many })).shown.effects as string[]).length).toBe(1_000);
    const seals = [many, many.slice(1), many.slice(0, 1_000), [...many.slice(0, 1_000), effect(1_000, ['other'])]];
    expect(new Set(await Promise.all(seals.map((effects) => seal([], { effects })))).size).toBe(4);
  });
});
