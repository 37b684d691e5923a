import { MongoNetworkError, MongoServerError } from 'mongodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import type { DrawnNumbers } from '../../src/store/assignments.ts';
import { isCommitting } from '../../src/store/awaited.ts';
import type { Database } from '../../src/store/database.ts';
import { type TransactOptions, transact } from '../../src/store/transact.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { RevisionConflict } from '../../src/store/writes.ts';

const NOW = new Date('2024-06-01T00:00:00Z');
const now = () => NOW;

afterEach(() => vi.useRealTimers());

/** What the server answers to each commit, one after the other; nothing for a success. */
type Commits = (Error | undefined)[];

/** A database whose server only answers to commits. */
function server(...commits: Commits) {
  const calls: string[] = [];
  const session = {
    active: false,
    startTransaction: vi.fn((options: unknown) => {
      session.active = true;
      calls.push('start');
      return options;
    }),
    commitTransaction: async () => {
      calls.push('commit');
      const error = commits.shift();
      if (error !== undefined) throw error;
      session.active = false;
    },
    abortTransaction: async () => {
      calls.push('abort');
      session.active = false;
    },
    inTransaction: () => session.active,
    endSession: async () => calls.push('end'),
  };
  const giveBackAll = vi.fn((drawn: DrawnNumbers) => [...drawn]);
  const leave = vi.fn(() => calls.push('leave'));
  const enter = vi.fn(async (_patienceMs: number) => {
    calls.push('enter');
    return leave;
  });
  const confirmCommit = vi.fn(async () => calls.push('confirm'));
  const database = {
    client: { startSession: () => session },
    sessions: { announce: async () => calls.push('announce') },
    conflicts: { enter },
    counters: { giveBackAll },
    digester: { digest: String, hmac: String },
    ...{ confirmCommit, readerIn: () => ({ db: {} }) },
  } as unknown as Database;
  const run = <R>(body: (tx: Transaction) => Promise<R>, options: Partial<TransactOptions> = {}) =>
    transact(database, { now, ...options }, body);
  return { calls, session, giveBackAll, enter, confirmCommit, run };
}

const labelled = (label: string, code = 0, message = 'x') => {
  const error = new MongoServerError({ message, code });
  error.addErrorLabel(label);
  return error;
};
const TRANSIENT = () => labelled('TransientTransactionError');
const duplicate = (index: string) => new MongoServerError({ code: 11000, message: `E11000 index: ${index} dup key` });
const ONCE = ['announce', 'start', 'confirm', 'commit', 'end'];
const DRAWN = [{ counter: { collection: 'c', id: 'i', field: 'f' }, count: 1, number: 5, spare: true }];
const reason = (call: Promise<unknown>) =>
  call.then(
    (done) => done,
    (error) => error.reason ?? error,
  );

/** Fails so often with these errors, and then succeeds. */
function failing(...errors: unknown[]) {
  let runs = 0;
  const collided: unknown[] = [];
  const attempts: number[] = [];
  const body = async (tx: Transaction) => {
    collided.push(tx.collided);
    attempts.push(tx.attempt);
    const error = errors[runs++];
    if (error !== undefined) throw error;
    return 'done';
  };
  return { body, collided, attempts, runs: () => runs };
}

describe('a transaction', () => {
  it('reads a snapshot of the primary, commits by majority, and ends its session', async () => {
    const { run, calls, session, enter, giveBackAll } = server();
    const seen = await run(async ({ now: at, dryRun, collided }) => ({ at, dryRun, collided }));
    expect(seen).toEqual({ at: NOW, dryRun: false, collided: undefined });
    expect(calls).toEqual(ONCE);
    expect(session.startTransaction).toHaveBeenCalledExactlyOnceWith({
      ...{ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' }, readPreference: 'primary' },
    });
    expect(enter).not.toHaveBeenCalled();
    expect(giveBackAll).toHaveBeenCalledExactlyOnceWith([]);
  });

  it('is aborted where the body throws, gives back its numbers, and writes nothing afterwards', async () => {
    const { run, calls, giveBackAll } = server();
    let late: Transaction | undefined;
    const error = refuse('last_admin');
    const done = run(
      async (tx) => {
        late = tx;
        throw error;
      },
      { drawn: DRAWN },
    );
    await expect(done).rejects.toBe(error);
    expect(giveBackAll).toHaveBeenCalledExactlyOnceWith(DRAWN);
    expect(calls).toEqual(['announce', 'start', 'abort', 'end']);
    expect(() => late?.append({ name: 'jobOutcomes' } as never, { _id: 'n', revision: 1 })).toThrow('has ended');
  });

  it('is only tried as a dry run: it is aborted, and nothing is confirmed', async () => {
    const { run, calls, confirmCommit } = server();
    expect(await run(async ({ dryRun }) => dryRun, { dryRun: true, lane: 'roster' })).toBe(true);
    expect(calls).toEqual(['announce', 'start', 'abort', 'end']);
    expect(confirmCommit).not.toHaveBeenCalled();
  });

  it('is not begun, and not committed, once nobody waits for it', async () => {
    const gone = new AbortController();
    const { run, calls } = server();
    const leaving = run(async () => gone.abort(), { signal: gone.signal });
    expect(await reason(leaving)).toBe('caller_gone');
    expect(calls).toEqual(['announce', 'start', 'confirm', 'abort', 'end']);
    calls.length = 0;
    expect(await reason(run(async () => 'done', { signal: gone.signal }))).toBe('caller_gone');
    expect(calls).toEqual(['announce', 'end']);
  });

  it('is not committed for several calls once nobody waits for one of them', async () => {
    const [one, gone] = [new AbortController(), new AbortController()];
    const signals = () => [undefined, one.signal, gone.signal];
    const { run, calls } = server();
    expect(await run(async () => 'done', { signals, shared: true })).toBe('done');
    expect(signals().map((signal) => signal !== undefined && isCommitting(signal))).toEqual([false, true, true]);
    calls.length = 0;
    expect(await reason(run(async () => gone.abort(), { signals, shared: true }))).toBe('caller_gone');
    expect(calls).toEqual(['announce', 'start', 'confirm', 'abort', 'end']);
  });

  it('may be in effect from when its commit is sent, unless the server says that it is not', async () => {
    const { signal } = new AbortController();
    const conflict = labelled('TransientTransactionError');
    const { run } = server(conflict);
    const seen: boolean[] = [];
    await run(async () => seen.push(isCommitting(signal)), { signal });
    // The second time, after the conflict.
    expect(seen).toEqual([false, false]);
    expect(isCommitting(signal)).toBe(true);
  });

  it('is not committed where the commit is not confirmed', async () => {
    const { run, calls, confirmCommit } = server();
    confirmCommit.mockRejectedValueOnce(refuse('format_changed'));
    expect(await reason(run(async () => 'done'))).toBe('format_changed');
    expect(calls).toEqual(['announce', 'start', 'abort', 'end']);
  });
});

describe('a conflict', () => {
  it.each<[string, () => Error]>([
    ['that the server tells', TRANSIENT],
    ['over a revision', () => new RevisionConflict('things', 'a')],
    ['as which a write counts that could not be sent', () => Object.assign(new Error('x'), { syscall: 'write' })],
  ])('%s makes the body run again, after others that conflicted', async (_, error) => {
    const { run, calls, enter } = server();
    const { body, runs } = failing(error(), error());
    expect(await run(body)).toBe('done');
    expect(runs()).toBe(3);
    expect(calls).toEqual([
      ...['announce', 'start', 'abort', 'enter', 'start', 'abort', 'leave', 'leave', 'enter', 'start', 'confirm'],
      ...['commit', 'leave', 'end'],
    ]);
    for (const [patienceMs] of enter.mock.calls) {
      expect(patienceMs).toBeGreaterThan(15_000);
      expect(patienceMs).toBeLessThanOrEqual(20_000);
    }
  });

  it('at the commit makes the body run again', async () => {
    const { run, calls } = server(TRANSIENT());
    const { body, runs } = failing();
    expect(await run(body)).toBe('done');
    expect(runs()).toBe(2);
    expect(calls.filter((call) => call === 'commit')).toHaveLength(2);
  });

  it('that goes on for too long is told, and the numbers are given back', async () => {
    const { run, giveBackAll, session } = server();
    const drawn = [...DRAWN];
    const done = run(async () => Promise.reject(TRANSIENT()), { patienceMs: 30, drawn });
    expect(await reason(done)).toBe('conflict_busy');
    expect(session.startTransaction.mock.calls.length).toBeGreaterThan(1);
    expect(giveBackAll).toHaveBeenCalledExactlyOnceWith(drawn);
  });

  it('is repeated where another instance ended its session, taking this one for dead', async () => {
    const { run } = server();
    const { body, runs } = failing(new MongoServerError({ message: 'operation was interrupted', code: 11_601 }));
    expect(await run(body)).toBe('done');
    expect(runs()).toBe(2);
  });

  it('is told after fewer tries where several calls share the transaction', async () => {
    const { run, session, giveBackAll } = server();
    const error = TRANSIENT();
    await expect(run(async () => Promise.reject(error), { shared: true })).rejects.toBe(error);
    expect(session.startTransaction).toHaveBeenCalledTimes(6);
    expect(giveBackAll).not.toHaveBeenCalled();
    await expect(run(failing(duplicate('by_name')).body, { shared: true })).rejects.toThrow('by_name');
    expect(session.startTransaction).toHaveBeenCalledTimes(7);
  });
});

describe('a key that somebody else took', () => {
  it('makes the body run again, which is told the index', async () => {
    const { run } = server();
    const { body, collided, attempts } = failing(duplicate('by_name'), TRANSIENT());
    expect(await run(body)).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
    expect(collided).toEqual([undefined, 'by_name', undefined]);
  });

  it('three times is no conflict the fourth time, but the error of a bug', async () => {
    const { run } = server();
    const last = duplicate('last');
    const { body, runs } = failing(...['a', 'b', 'c'].map(duplicate), last);
    await expect(run(body)).rejects.toBe(last);
    expect(runs()).toBe(4);
  });

  it('after many conflicts still makes the body run again', async () => {
    const { run } = server();
    expect(await run(failing(TRANSIENT(), TRANSIENT(), TRANSIENT(), duplicate('by_name')).body)).toBe('done');
  });

  it('is told as a conflict where there is no time left to run again', async () => {
    const { run } = server();
    expect(await reason(run(failing(duplicate('by_name')).body, { patienceMs: -1 }))).toBe('conflict_busy');
  });

  it('that is an id makes the next run draw other numbers', async () => {
    const { run } = server();
    const drawn = [...DRAWN];
    const seen: number[] = [];
    const { body } = failing(duplicate('by_name'), duplicate('_id_'));
    await run(
      async (tx) => {
        seen.push(tx.unused.length);
        return body(tx);
      },
      { drawn },
    );
    expect(seen).toEqual([1, 1, 0]);
  });
});

describe('a commit whose answer is lost', () => {
  const undecided: [string, () => Error][] = [
    ['is unknown to the driver', () => labelled('UnknownTransactionCommitResult')],
    ['did not come, because the server was gone', () => new MongoNetworkError('gone')],
    ['could not even be asked for', () => Object.assign(new Error('x'), { syscall: 'write' })],
  ];

  it.each(undecided)('because it %s, is asked for again, and the body does not run again', async (_, error) => {
    const { run, calls } = server(error(), error());
    const { body, runs } = failing();
    expect(await run(body)).toBe('done');
    expect(runs()).toBe(1);
    expect(calls).toEqual(['announce', 'start', 'confirm', 'commit', 'commit', 'commit', 'end']);
  });

  it('for half a minute is told as unknown, and its numbers may be in use', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const { run, giveBackAll, calls, session } = server();
    session.commitTransaction = async () => {
      calls.push('commit');
      vi.setSystemTime(Date.now() + 15_000);
      throw new MongoNetworkError('gone');
    };
    expect(await reason(run(async () => 'done'))).toBe('outcome_unknown');
    expect(calls.filter((call) => call === 'commit')).toHaveLength(3);
    expect(giveBackAll).not.toHaveBeenCalled();
  });

  it('is no such commit where the server refuses it', async () => {
    const error = new MongoServerError({ message: 'x', code: 1 });
    const { run, calls, giveBackAll } = server(error);
    await expect(run(async () => 'done')).rejects.toBe(error);
    expect(calls).toEqual(['announce', 'start', 'confirm', 'commit', 'abort', 'end']);
    expect(giveBackAll).not.toHaveBeenCalled();
  });
});

describe('a transaction that the server ended', () => {
  const gone = () => labelled('TransientTransactionError', 251);
  /** As if the body had taken so long. */
  const taking = (milliseconds: number, error: Error = gone()) => {
    const began = performance.now();
    let elapsed = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => began + elapsed);
    return async () => {
      elapsed += milliseconds;
      throw error;
    };
  };

  it('because it lasted for a minute took too long, and was neither a conflict nor too large', async () => {
    const { run, session } = server();
    expect(await reason(run(taking(56_000), { patienceMs: 600_000 }))).toBe('took_too_long');
    expect(session.startTransaction).toHaveBeenCalledTimes(1);
    const { run: runOther } = server();
    const exceeded = new MongoServerError({ message: 'x', code: 290 });
    expect(await reason(runOther(async () => Promise.reject(exceeded)))).toBe('took_too_long');
  });

  it('should have ended is not committed, however long the server would keep it', async () => {
    const { run, calls } = server();
    const body = taking(56_000);
    await expect(run(() => body().catch(() => 'done'))).rejects.toMatchObject({
      reason: 'took_too_long',
      message: expect.stringContaining('longer than the 55 seconds'),
    });
    expect(calls).not.toContain('commit');
    const { run: runOther, calls: others } = server();
    const shorter = taking(54_000);
    expect(await runOther(() => shorter().catch(() => 'done'))).toBe('done');
    expect(others).toContain('commit');
  });

  it('earlier conflicted', async () => {
    const { run } = server();
    expect(await reason(run(taking(54_000), { patienceMs: 60_000 }))).toBe('conflict_busy');
  });

  it('after a minute, by a conflict, conflicted', async () => {
    const { run } = server();
    const conflict = labelled('TransientTransactionError', 112);
    expect(await reason(run(taking(56_000, conflict), { patienceMs: 60_000 }))).toBe('conflict_busy');
  });

  it('for its size was too much for it', async () => {
    const { run } = server();
    const error = new MongoServerError({ message: 'x', code: 257 });
    await expect(run(async () => Promise.reject(error))).rejects.toMatchObject({
      ...{ reason: 'change_too_big', message: expect.stringContaining('more than the database takes at once') },
    });
  });
});

it('calls of one lane share a transaction, those of a document each have a lane of their own, and lanes are kept apart', async () => {
  const { run, session, giveBackAll } = server();
  const together = (...lanes: NonNullable<TransactOptions['lane']>[]) => {
    session.startTransaction.mockClear();
    return Promise.all(lanes.map((lane) => run(async () => lane, { lane }))).then(
      () => session.startTransaction.mock.calls.length,
    );
  };
  expect(await together('roster', 'roster', 'roster')).toBe(1);
  // What each did not use, and what the transaction did not.
  expect(giveBackAll).toHaveBeenCalledTimes(4);
  expect(await together('document a', 'document a')).toBe(1);
  expect(await together('roster', 'owners', 'document a', 'document b')).toBe(4);
});

it.each([
  ['roster', 'in turn'],
  ['document a', 'in turn'],
  ['owners', 'side by side'],
  ['workspaces', 'side by side'],
  ['objects', 'side by side'],
] as const)('calls of the lane %s run %s', async (lane, way) => {
  const { run } = server();
  const order: string[] = [];
  const call = (name: string) =>
    run(
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
      },
      { lane },
    );
  await Promise.all([call('a'), call('b')]);
  expect(order).toEqual(
    way === 'in turn' ? ['a begins', 'a ends', 'b begins', 'b ends'] : ['a begins', 'b begins', 'a ends', 'b ends'],
  );
});
