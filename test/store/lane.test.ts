import { describe, expect, it, vi } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import type { DrawnNumbers } from '../../src/store/assignments.ts';
import { Lane, type LaneKind, type Transact } from '../../src/store/lane.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { OutOfTurn } from '../../src/store/writes.ts';

const NOW = new Date('2024-06-01T00:00:00Z');
const now = () => NOW;
const IN_TURN: LaneKind = { width: 1, way: 'inTurn' };
const SIDE_BY_SIDE: LaneKind = { width: 2, way: 'sideBySide' };

interface Unit {
  readonly drawn: DrawnNumbers;
  readonly unused: DrawnNumbers;
  /** What the call has written, if anything. */
  wrote?: string;
}

/** Transactions as they are run for a lane, each with the units of work in it. */
interface Run {
  readonly options: Parameters<Transact>[0];
  readonly units: { readonly batchSize: number; readonly now: Date }[];
  readonly active: () => number;
  readonly mostActive: number;
}

/** A lane whose transactions are carried out by nobody, in which each call changes so many bytes. */
function laneOf(kind: LaneKind, { bytesEach = 0, refused = (_: Run): unknown => undefined } = {}) {
  const runs: Run[] = [];
  const giveBack = vi.fn();
  const idle = vi.fn();
  const transact = (async (options, body) => {
    let active = 0;
    const run = { options, units: [] as Run['units'], active: () => active, mostActive: 0 };
    runs.push(run);
    const unit = ({ drawn, batchSize, now: at }: { drawn: DrawnNumbers; batchSize: number; now: Date }): Unit => {
      run.units.push({ batchSize, now: at });
      active += 1;
      run.mostActive = Math.max(run.mostActive, active);
      return { drawn, unused: [{ unused: run.units.length }] as never };
    };
    const tx = {
      beside: unit,
      withdraw: ({ wrote }: Unit) => wrote === undefined,
      get written() {
        return run.units.length * bytesEach;
      },
    };
    const result = await body(tx as unknown as Transaction);
    const error = refused(run);
    if (error !== undefined) throw error;
    return result;
  }) as Transact;
  const lane = new Lane(kind, transact, { giveBack, idle });
  return { runs, giveBack, idle, join: <R>(body: (tx: Transaction) => Promise<R>) => lane.join({ now }, body), lane };
}

/** Whether the calls share the transaction of this run. */
const isShared = ({ options }: Run) => options.shared === true;
const writes = (tx: Transaction) => {
  (tx as unknown as Unit).wrote = 'something';
};
const outcomes = async (calls: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).map((one) => (one.status === 'fulfilled' ? one.value : one.reason));
const LAST = refuse('last_admin');

describe.each([IN_TURN, SIDE_BY_SIDE])('calls in a lane that run %j', (kind) => {
  it('share a transaction where they begin together, and each has its own answer', async () => {
    const { runs, join, giveBack, idle } = laneOf(kind);
    expect(await outcomes([1, 2, 3].map((n) => join(async () => n)))).toEqual([1, 2, 3]);
    expect(runs.map(isShared)).toEqual([true]);
    expect(runs[0]?.options).toMatchObject({ now, sideBySide: kind.way === 'sideBySide' });
    expect(runs[0]?.units.map((unit) => unit.now)).toEqual([NOW, NOW, NOW]);
    expect(runs[0]?.units.map(({ batchSize }) => batchSize)).toEqual(kind.way === 'inTurn' ? [3, 2, 1] : [1, 1, 1]);
    expect(giveBack.mock.calls).toEqual([1, 2, 3].map((unused) => [[{ unused }]]));
    await vi.waitFor(() => expect(idle).toHaveBeenCalledTimes(1));
  });

  it('have a transaction of their own where nobody else waits', async () => {
    const { runs, join, lane } = laneOf(kind);
    expect(await join(async () => 1)).toBe(1);
    expect(runs.map(({ options }) => options)).toEqual([{ now, drawn: [] }]);
    const { signal } = new AbortController();
    await lane.join({ now, signal }, async () => 1);
    expect(runs[1]?.options).toEqual({ now, signal, drawn: [] });
  });

  it('fail alone where they are refused before they wrote, and give back what was drawn for them', async () => {
    const { runs, join, giveBack } = laneOf(kind);
    const calls = [
      join(async () => 1),
      join(async () => {
        throw LAST;
      }),
      join(async () => 3),
    ];
    expect(await outcomes(calls)).toEqual([1, LAST, 3]);
    expect(runs.map(isShared)).toEqual([true]);
    expect(giveBack.mock.calls).toEqual([[[{ unused: 1 }]], [[]], [[{ unused: 3 }]]]);
  });

  it.each([
    ['refused after it wrote', LAST, true],
    ['broken by a bug', new TypeError('a bug'), false],
  ])('run each by itself where one is %s, and only this one fails', async (_, error, wrote) => {
    const { runs, join, giveBack } = laneOf(kind);
    const calls = [
      join(async () => 1),
      join(async (tx) => {
        if (wrote) writes(tx);
        throw error;
      }),
    ];
    expect(await outcomes(calls)).toEqual([1, error]);
    expect(runs.map(isShared)).toEqual(kind.way === 'inTurn' ? [true, false, false] : [true, true, false, false]);
    expect(giveBack).not.toHaveBeenCalled();
  });

  it('that nobody waits for any more are refused before they run', async () => {
    const { lane, join } = laneOf(kind);
    const gone = new AbortController();
    gone.abort();
    const body = vi.fn(async () => 2);
    const calls = [join(async () => 1), lane.join({ now, signal: gone.signal }, body)];
    expect(await outcomes(calls)).toEqual([1, expect.objectContaining({ reason: 'caller_gone' })]);
    expect(body).not.toHaveBeenCalled();
  });

  it('that are still waited for, and no others, must be so when the shared transaction is committed', async () => {
    const { lane, runs, join } = laneOf(kind);
    const [gone, waiting] = [new AbortController(), new AbortController()];
    gone.abort();
    const calls = [
      lane.join({ now, signal: gone.signal }, async () => 1),
      lane.join({ now, signal: waiting.signal }, async () => 2),
      join(async () => 3),
    ];
    expect(await outcomes(calls)).toEqual([expect.objectContaining({ reason: 'caller_gone' }), 2, 3]);
    expect(runs[0]?.options.signals?.()).toEqual([waiting.signal, undefined]);
  });

  it('are told where it is unknown whether they were carried out, and none runs again', async () => {
    const unknown = refuse('outcome_unknown');
    const { runs, join } = laneOf(kind, { refused: (run) => (isShared(run) ? unknown : undefined) });
    const body = vi.fn(async () => 1);
    expect(await outcomes([join(body), join(body)])).toEqual([unknown, unknown]);
    expect(runs).toHaveLength(1);
    expect(body).toHaveBeenCalledTimes(2);
  });

  it('share a transaction with at most 31 others', async () => {
    const { runs, join } = laneOf(kind);
    await outcomes(Array.from({ length: 40 }, (_, n) => join(async () => n)));
    expect(runs.map(({ units }) => units.length).sort()).toEqual([32, 8]);
  });
});

describe('calls that run in turn', () => {
  it('begin one after the other', async () => {
    const { join } = laneOf(IN_TURN);
    const order: string[] = [];
    const call = (name: string) =>
      join(async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
      });
    await Promise.all([call('a'), call('b')]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('wait for the next transaction once this one has changed much', async () => {
    const { runs, join } = laneOf(IN_TURN, { bytesEach: 1_000_000 });
    expect(await outcomes([1, 2, 3, 4, 5].map((n) => join(async () => n)))).toEqual([1, 2, 3, 4, 5]);
    expect(runs.map(({ units }) => units.length)).toEqual([3, 2]);
  });

  it('of which some may have been carried out leave the others to the next transaction', async () => {
    const unknown = refuse('outcome_unknown');
    const { join } = laneOf(IN_TURN, {
      bytesEach: 3_000_000,
      refused: ({ units }) => (units.length === 1 ? unknown : undefined),
    });
    // The last one is alone, and has a transaction of its own.
    expect(await outcomes([1, 2, 3].map((n) => join(async () => n)))).toEqual([unknown, unknown, 3]);
  });

  it('and cannot share one run by themselves, in turn', async () => {
    const { join, runs } = laneOf(IN_TURN, { refused: (run) => (isShared(run) ? new Error('a conflict') : undefined) });
    const order: string[] = [];
    const call = (name: string) =>
      join(async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
      });
    await Promise.all([call('a'), call('b')]);
    expect(order.slice(4)).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(runs.map(isShared)).toEqual([true, false, false]);
  });
});

describe('calls that run side by side', () => {
  it('begin together, and all end before one of them fails the transaction', async () => {
    const { join, runs } = laneOf(SIDE_BY_SIDE);
    const order: string[] = [];
    let fails = true;
    const failing = join(async (tx) => {
      order.push('a begins');
      if (!fails) return 1;
      fails = false;
      writes(tx);
      throw LAST;
    });
    const other = join(async () => {
      order.push('b begins');
      await new Promise((resolve) => setImmediate(resolve));
      order.push('b ends');
      return 2;
    });
    expect(await outcomes([failing, other])).toEqual([1, 2]);
    // Then they run in turn.
    expect(order).toEqual(['a begins', 'b begins', 'b ends', 'a begins', 'b begins', 'b ends']);
    expect(runs.map(({ options }) => options.sideBySide)).toEqual([true, false]);
  });

  it.each([
    [8_000_000, [true]],
    // Too much: in turn, the first changes so much that the second waits for the next transaction.
    [8_000_001, [true, false, undefined]],
  ])('run in turn where together they change too much, each %d bytes', async (bytesEach, ways) => {
    const { join, runs } = laneOf(SIDE_BY_SIDE, { bytesEach });
    expect(await outcomes([1, 2].map((n) => join(async () => n)))).toEqual([1, 2]);
    expect(runs.map(({ options }) => options.sideBySide)).toEqual(ways);
  });

  it('run in turn where one writes what another does, and by themselves where that conflicts too', async () => {
    const { join, runs } = laneOf(SIDE_BY_SIDE, {
      refused: ({ options }) =>
        options.sideBySide ? new OutOfTurn('twice') : options.shared ? new Error('a conflict') : undefined,
    });
    expect(await outcomes([1, 2].map((n) => join(async () => n)))).toEqual([1, 2]);
    expect(runs.map(({ options: { shared, sideBySide } }) => [shared, sideBySide])).toEqual([
      ...[[true, true]],
      ...[[true, false]],
      ...[
        [undefined, undefined],
        [undefined, undefined],
      ],
    ]);
  });

  it('and run by themselves in the end do so at the same time', async () => {
    let active = 0;
    let most = 0;
    const { join } = laneOf(SIDE_BY_SIDE, { refused: (run) => (isShared(run) ? new Error('a conflict') : undefined) });
    let runs = 0;
    const call = () =>
      join(async () => {
        runs += 1;
        // The first two runs of each share a transaction.
        if (runs <= 4) return;
        active += 1;
        most = Math.max(most, active);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
      });
    await Promise.all([call(), call()]);
    expect([runs, most]).toEqual([6, 2]);
  });
});
