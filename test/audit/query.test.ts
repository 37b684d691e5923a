import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/base/schemas/generated.ts';
import { openHouse, type StoredRecord, type TestHouse } from '../support/house.ts';
import { inTurn, LONG } from '../support/long.ts';
import { forgetPlans } from '../support/profile.ts';

interface Page {
  readonly records: AuditEntry[];
  readonly next?: string;
}

async function pageOf(house: TestHouse, params: object): Promise<Page> {
  return (await house.administer('boss', { command: 'getAudit', params })).result as Page;
}

/** All pages, one after the other; between two of them `meanwhile` happens. */
async function allPages(house: TestHouse, params: object, meanwhile = async () => {}): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  let cursor: string | undefined;
  do {
    const page: Page = await pageOf(house, { ...params, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.records);
    cursor = page.next;
    await meanwhile();
  } while (cursor !== undefined);
  return found;
}

const ids = (records: readonly AuditEntry[]) => records.map((r) => r.record);

describe('getAudit', () => {
  let house: TestHouse;
  let stored: StoredRecord[];
  beforeAll(async () => {
    house = await openHouse();
    await house.meet('boss', 'ann', 'bea');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('ann', { command: 'addAdmin', user: 'bea', params: { role: 'readOnly' } });
    await house.refusal('bea', { command: 'addUser', user: 'cec' });
    await house.refusal('ann', { command: 'removeAdmin', user: 'boss' });
    await house.administer('ann', { command: 'addUser', user: 'cec', dryRun: true });
    await Promise.all(Array.from({ length: LONG ? 60 : 20 }, () => house.administer('bea', { command: 'listAdmins' })));
    stored = await house.records();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  const searches: [string, object, (r: StoredRecord) => boolean][] = [
    ['an actor', { actor: 'ann' }, (r) => (r.actor as { name: string }).name === 'ann'],
    ['a command', { command: 'addAdmin' }, (r) => r.command === 'addAdmin'],
    ['what reads', { effect: 'read', actor: 'bea' }, (r) => r.command === 'listAdmins'],
    [
      'what writes or was to',
      { effect: 'write', actor: 'bea' },
      (r) => (r.actor as { name: string }).name === 'bea' && r.command !== 'listAdmins',
    ],
    ['what writes among reads', { effect: 'write', command: 'listAdmins' }, () => false],
    ['an outcome', { outcome: 'denied' }, (r) => r.outcome === 'denied'],
    ['a resource', { resource: 'principals/bea' }, (r) => (r.resources as string[]).includes('principals/bea')],
    [
      'all of them at once',
      { actor: 'bea', command: 'listAdmins', outcome: 'success' },
      (r) => r.command === 'listAdmins',
    ],
    ['what nobody did', { actor: 'ann', command: 'listAdmins' }, () => false],
    ['a resource nobody touched', { resource: 'principals/nobody' }, () => false],
    ['a subject nobody acted as', { subject: 'ann' }, () => false],
    [
      'long ago until long after',
      { command: 'addAdmin', from: '1900-01-01T00:00:00Z', to: '9999-12-31T23:59:59Z' },
      (r) => r.command === 'addAdmin',
    ],
    ['before anything', { to: '1900-01-01T00:00:00Z' }, () => false],
    ['after everything', { from: '2200-01-01T00:00:00Z' }, () => false],
  ];

  const orders = inTurn([false, true], 1);

  it.each(searches)('finds %s', async (_, params, matches) => {
    const expected = stored.filter(matches).map((r) => r.id);
    // Searching is recorded too: what came later is not looked for here.
    const known = new Set(stored.map((r) => r.id));
    for (const newestFirst of orders()) {
      const found = ids(await allPages(house, { ...params, limit: 8, newestFirst }));
      expect(found.filter((id) => known.has(id))).toEqual(newestFirst ? expected.toReversed() : expected);
    }
  });

  it('looks only at records of whom they are asked about', async () => {
    await forgetPlans(house.database.db);
    await house.database.db.command({ profile: 2 });
    for (const who of ['actor', 'onBehalfOf', 'subject'])
      await pageOf(house, { [who]: 'ann', limit: 1, newestFirst: true });
    await house.database.db.command({ profile: 0 });
    const seen = await house.database.db
      .collection('system.profile')
      .find({ ns: `${house.database.db.databaseName}.audit`, op: 'query' })
      .sort({ ts: 1 })
      .toArray();
    const plans = seen.map((s) => /IXSCAN \{ (\S+):/.exec(s.planSummary)?.[1]);
    expect(plans).toEqual(['records.actor.id', 'records.onBehalfOf.id', 'records.subject.id']);
  });

  it('finds one record by the id that its receipt names, with the same hash', async () => {
    const { receipt } = await house.administer('boss', { command: 'addUser', user: 'dot', reason: 'why not' });
    const { records, next } = await pageOf(house, { record: receipt?.record });
    expect(records).toMatchObject([{ record: receipt?.record, hash: receipt?.hash, reason: 'why not' }]);
    expect(next).toBeUndefined();
    expect((await pageOf(house, { record: `${'0'.repeat(24)}-0` })).records).toEqual([]);
  });

  it('takes the first instant in and leaves the last one out', async () => {
    const at = Number(stored.find((r) => r.command === 'removeAdmin')?.at);
    const iso = (ms: number) => new Date(ms).toISOString();
    const search = async (from: number, to: number) =>
      (await pageOf(house, { command: 'removeAdmin', from: iso(from), to: iso(to) })).records.length;
    expect(await search(at, at + 1)).toBe(1);
    expect(await search(at + 1, at + 1000)).toBe(0);
    expect(await search(at - 1000, at)).toBe(0);
  });

  it('refuses a user whom nobody knows, rather than find nothing', async () => {
    expect(await house.refusal('boss', { command: 'getAudit', params: { actor: 'nobody' } })).toBe('user_unknown');
    expect(await house.refusal('boss', { command: 'getAudit', params: { subject: 'nobody' } })).toBe('user_unknown');
  });

  it.each([
    [{ limit: 0 }],
    [{ limit: 1001 }],
    [{ limit: 1.5 }],
    [{ limit: '5' }],
    [{ cursor: 'x' }],
    [{ record: '0'.repeat(24) }],
    [{ from: 'yesterday' }],
    [{ from: '2016-12-31T23:59:60Z' }],
    [{ to: '2026-13-01T00:00:00Z' }],
    [{ outcome: 'ok' }],
    [{ newestFirst: 1 }],
  ])('refuses %j', async (params) => {
    expect(await house.refusal('boss', { command: 'getAudit', params })).toBe('invalid_params');
  });

  it.each([false, true])(
    'pages without loss or repetition while records are being added (newestFirst: %s)',
    async (newestFirst) => {
      const before = (await house.records()).map((r) => r.id);
      const meanwhile = async () => {
        await Promise.all([
          house.administer('bea', { command: 'listAdmins' }),
          house.administer('ann', { command: 'listUsers' }),
          house.refused('bea', { command: 'addUser', user: 'x' }),
        ]);
      };
      const limit = 8;
      const found = ids(
        await allPages(
          house,
          { newestFirst, limit, to: new Date(Date.now() + 60_000).toISOString(), actor: 'bea' },
          meanwhile,
        ),
      );
      expect(new Set(found).size).toBe(found.length);
      const known = new Set(found);
      const beas = new Set(
        (await house.records()).filter((r) => (r.actor as { name: string }).name === 'bea').map((r) => r.id),
      );
      expect(before.filter((id) => beas.has(id) && !known.has(id))).toEqual([]);
      if (newestFirst) expect(found).toEqual([...found].sort((a, b) => -compare(a, b)));
    },
  );
});

/** The order of record ids: by batch, then by place. */
function compare(a: string, b: string): number {
  const [batchA = '', placeA] = a.split('-');
  const [batchB = '', placeB] = b.split('-');
  return batchA === batchB ? Number(placeA) - Number(placeB) : batchA < batchB ? -1 : 1;
}
