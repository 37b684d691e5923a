import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import { BOOKKEEPING } from '../../src/store/bookkeeping.ts';
import { UnrecordedChangesError } from '../../src/store/changeList.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';
import { transact } from '../../src/store/transact.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { recordIn } from '../support/recorded.ts';

interface Thing extends Stored {
  readonly count: number;
}
const things = collection<Thing>('things');
const attached = collection<Stored>('jobOutcomes');
const outbox = collection<Stored & { readonly n: number }>('outbox');
interface Answer extends Stored {
  readonly value: string;
}
const answers = collection<Answer>('idempotency');
const now = () => new Date();

let database: Database;
beforeAll(async () => {
  database = await Database.connect({ uri: inject('mongoUri'), database: `test_${randomUUID().replaceAll('-', '')}` });
  await database.prepare([things, attached, outbox, answers, { ...things, name: 'audit' }]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(async () => {
  for (const { name } of [things, attached, outbox, { name: 'audit' }])
    await database.db.collection(name).deleteMany({});
  await database.db.collection<Thing>('things').insertOne({ _id: 't', revision: 1, count: 0 });
});

async function thing(tx: Transaction): Promise<Thing> {
  const found = await tx.get(things, 't');
  if (found === null) throw new Error('t is gone');
  return found;
}
async function increment(tx: Transaction): Promise<Thing> {
  const before = await thing(tx);
  return tx.update(things, before, { ...before, count: before.count + 1 });
}
const count = async () => (await database.get(things, 't'))?.count;
const stored = async (name: string) => database.db.collection(name).countDocuments();

describe('a transaction with changes and no record', () => {
  it.each<[string, (tx: Transaction) => Promise<unknown>]>([
    ['an insert', (tx) => tx.insert(things, { _id: 'new', count: 1 })],
    ['inserts of many', (tx) => tx.insertEach(things, [{ _id: 'new', count: 1 }])],
    ['inserts told in a sentence', (tx) => tx.insertEach(things, [{ _id: 'new', count: 1 }], 'one thing')],
    ['inserts sent last', async (tx) => tx.insertLast(things, [{ _id: 'new', count: 1 }])],
    ['an update', increment],
    [
      'updates of many',
      async (tx) => {
        const before = await thing(tx);
        await tx.updateEach(things, [{ before, after: { ...before, count: 9 } }]);
      },
    ],
    ['a removal', async (tx) => tx.remove(things, await thing(tx))],
    ['an attached document', async (tx) => tx.append(attached, { _id: 'a', revision: 1 })],
    [
      'a change after its record',
      async (tx) => {
        await increment(tx);
        recordIn(tx);
        await increment(tx);
      },
    ],
    [
      'a change beside bookkeeping',
      async (tx) => {
        await tx.insert(outbox, { _id: 'letter', n: 0 });
        await increment(tx);
      },
    ],
  ])('does not commit: %s', async (_, body) => {
    await expect(transact(database, { now }, body)).rejects.toThrow(UnrecordedChangesError);
    expect(await database.find(things, {})).toEqual([{ _id: 't', revision: 1, count: 0 }]);
    expect([await stored('outbox'), await stored('jobOutcomes'), await stored('audit')]).toEqual([0, 0, 0]);
  });

  it('says which documents it would have changed, and none of their values', async () => {
    const done = transact(database, { now }, (tx) => tx.insert(things, { _id: 'new', count: 424242 }));
    await expect(done).rejects.toThrow(/^the transaction has changes without an audit record: things\/new$/);
  });

  it.each(['roster', 'workspaces'] as const)('takes no mate of the lane %s along', async (lane) => {
    const calls = Array.from({ length: 12 }, (_, i) =>
      transact(database, { now, lane }, async (tx) => {
        await increment(tx);
        if (i % 4 !== 1) recordIn(tx);
      }),
    );
    const settled = await Promise.allSettled(calls);
    const refused = settled.map((s) => s.status === 'rejected' && s.reason instanceof UnrecordedChangesError);
    expect(refused).toEqual(Array.from({ length: 12 }, (_, i) => i % 4 === 1));
    expect(await count()).toBe(9);
    const batches = await database.db.collection('audit').find().toArray();
    expect(batches.flatMap((b) => b.records)).toHaveLength(9);
  });

  it('is not saved by the record of a mate of its lane', async () => {
    const together = [
      transact(database, { now, lane: 'roster' }, async (tx) => {
        await increment(tx);
        recordIn(tx);
      }),
      transact(database, { now, lane: 'roster' }, increment),
    ];
    const [innocent, guilty] = await Promise.allSettled(together);
    expect([innocent?.status, guilty?.status]).toEqual(['fulfilled', 'rejected']);
    expect(await count()).toBe(1);
  });
});

describe('a record', () => {
  it('that leaves a change out is refused', async () => {
    const done = transact(database, { now }, async (tx) => {
      await increment(tx);
      tx.record({ ...things, name: 'audit' }, [], () => ({ _id: 'r', revision: 1, count: 0 }));
    });
    await expect(done).rejects.toThrow(UnrecordedChangesError);
    expect([await count(), await stored('audit')]).toEqual([0, 0]);
  });

  it('may be followed by another, of what was done since', async () => {
    await transact(database, { now }, async (tx) => {
      for (const expected of [1, 1]) {
        await increment(tx);
        expect(tx.unrecorded).toHaveLength(expected);
        recordIn(tx);
        expect(tx.unrecorded).toHaveLength(0);
      }
    });
    expect(await count()).toBe(2);
  });
});

describe('without a record', () => {
  it('a transaction that reads, touches or does bookkeeping commits', async () => {
    await transact(database, { now }, (tx) => tx.get(things, 't'));
    await transact(database, { now }, async (tx) => tx.touch(things, await thing(tx)));
    await transact(database, { now }, (tx) => tx.insert(outbox, { _id: 'letter', n: 0 }));
    expect([await database.get(things, 't'), await stored('outbox')]).toMatchObject([{ revision: 2, count: 0 }, 1]);
  });

  it('only what is listed is appended, reserved or written outside of a transaction', async () => {
    const wrong = [
      transact(database, { now }, async (tx) => tx.append(things, { _id: 'new', revision: 1, count: 1 })),
      transact(database, { now }, (tx) => tx.reserve(things, 'new')),
      database.appendOne(things, { _id: 'new', revision: 1 }),
      database.upsertEach(things, [{ id: 'new', raise: {}, insert: { count: 1 } }]),
      database.upsertNew(things, [{ id: 'new', raise: {}, insert: { count: 1 } }]),
      database.removeOne(things, 't', {}),
      database.counters.draw({ collection: 'things', id: 't', field: 'count' }, { count: 1 }),
    ];
    for (const done of wrong) await expect(done).rejects.toThrow(/things is not bookkeeping/);
    expect(await database.find(things, {})).toEqual([{ _id: 't', revision: 1, count: 0 }]);
  });

  it('each kind of bookkeeping is listed once, with its reason', () => {
    const keys = BOOKKEEPING.map(({ collection: name, stored: how }) => `${name} ${how}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { reason } of BOOKKEEPING) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });
});

describe('a write that nobody waited for', () => {
  it('keeps the transaction from committing while it is on its way', async () => {
    const done = transact(database, { now }, async (tx) => {
      tx.insert(things, { _id: 'new', count: 1 }).catch(() => undefined);
    });
    await expect(done).rejects.toThrow('was not waited for');
    expect(await database.get(things, 'new')).toBeNull();
  });

  it('is refused once the transaction has ended, rather than carried out outside of it', async () => {
    let late: Transaction | undefined;
    await transact(database, { now }, async (tx) => {
      late = tx;
    });
    await expect(late?.insert(things, { _id: 'new', count: 1 })).rejects.toThrow('the transaction has ended');
    expect(() => late?.insertLast(things, [{ _id: 'new', count: 1 }])).toThrow('the transaction has ended');
    expect(await database.get(things, 'new')).toBeNull();
  });
});

describe('a reserved document', () => {
  it('makes the second of two conflict before it does anything, and then see the first', async () => {
    let begun = 0;
    let attempts = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const claim = () =>
      transact(database, { now }, async (tx) => {
        attempts += 1;
        const known = await tx.peek(answers, 'key');
        if (known !== null) return known.value;
        await tx.reserve(answers, 'key');
        begun += 1;
        await held;
        await increment(tx);
        recordIn(tx);
        tx.append(answers, { _id: 'key', revision: 1, value: 'what the first did' });
        return 'done';
      });
    const first = claim();
    await expect.poll(() => begun).toBe(1);
    const second = claim();
    await expect.poll(() => attempts).toBeGreaterThan(2);
    release();
    expect(await Promise.all([first, second])).toEqual(['done', 'what the first did']);
    expect([begun, await count()]).toEqual([1, 1]);
  });

  it('that is never completed does not commit', async () => {
    const done = transact(database, { now }, (tx) => tx.reserve(answers, 'other'));
    await expect(done).rejects.toThrow('idempotency/other was reserved and never appended');
  });
});

describe('numbers that were drawn', () => {
  const next = () => database.counters.draw({ collection: 'counters', id: 'thing', field: 'last' }, { count: 1 });

  it('are given to the next where they were not used: refused, unrecorded, or no longer needed', async () => {
    const first = await next();
    const draw = (tx: Transaction) => tx.newNumber('thing', 'x', 'number');
    const ways: ((tx: Transaction, attempt: number) => Promise<unknown>)[] = [
      async (tx) => {
        await draw(tx);
        throw refuse('last_admin');
      },
      async (tx) => {
        await draw(tx);
        throw new TypeError('a bug');
      },
      async (tx) => {
        await draw(tx);
        await increment(tx);
      },
      async (tx, attempt) => {
        if (attempt > 1) return;
        await draw(tx);
        const stale = { ...(await thing(tx)), revision: 77 };
        await tx.update(things, stale, { ...stale, count: 5 });
      },
    ];
    for (const lane of [undefined, 'roster', 'workspaces'] as const) {
      for (const body of ways) {
        let attempt = 0;
        const options = lane === undefined ? { now } : { now, lane };
        await transact(database, options, (tx) => {
          attempt += 1;
          return body(tx, attempt);
        }).catch(() => undefined);
      }
    }
    expect(await next()).toBe(first + 1);
  });
});
