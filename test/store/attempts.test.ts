import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { Attempts, attempts } from '../../src/store/attempts.ts';
import { Database } from '../../src/store/database.ts';

let database: Database;
beforeAll(async () => {
  database = await Database.connect({ uri: inject('mongoUri'), database: `test_${randomUUID().replaceAll('-', '')}` });
  await database.prepare([attempts]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const limits = { unpaused: 3, withinSeconds: 3600, longestPauseSeconds: 1200 };
/** Pauses for longer than any test takes, however busy the machine is. */
const slow = (what: string) => new Attempts(database, { what, firstPauseSeconds: 600, ...limits });

/** The seconds to wait that the attempt is refused with; 0 when it is taken. */
const attempt = (attempts: Attempts, key: string) =>
  attempts.count(key).then(
    () => 0,
    (error) => (error instanceof StewardError && error.reason === 'too_many_attempts' ? Number(error.args[0]) : NaN),
  );

describe('attempts', () => {
  it('are taken as they come up to a number, however many come at once, for each key and in all instances', async () => {
    const instances = [slow('burst'), slow('burst')];
    const waits = await Promise.all(
      Array.from({ length: 30 }, (_, i) => attempt(instances[i % 2] ?? slow('burst'), 'a')),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
    for (const wait of waits.filter((w) => w > 0)) expect(wait).toBeLessThanOrEqual(1200);
    expect(await attempt(slow('burst'), 'b')).toBe(0);
  });

  it('are possible again after a pause, which grows and ends', async () => {
    const attempts = new Attempts(database, { what: 'pause', ...limits, firstPauseSeconds: 1, longestPauseSeconds: 2 });
    for (let i = 0; i < 3; i++) expect(await attempt(attempts, 'a')).toBe(0);
    for (const longest of [1, 2, 2]) {
      const wait = await attempt(attempts, 'a');
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(longest);
      await vi.waitFor(async () => expect(await attempt(attempts, 'a')).toBe(0), { timeout: 180_000, interval: 50 });
    }
  });

  it('that succeed leave the number as it was', async () => {
    const attempts = slow('success');
    for (let i = 0; i < 20; i++) {
      expect(await attempt(attempts, 'a')).toBe(0);
      await attempts.takeBack('a');
    }
  });

  it('of whoever does not wait cost the database nothing', async () => {
    const attempts = slow('flood');
    for (let i = 0; i < 3; i++) await attempt(attempts, 'a');
    expect(await attempt(attempts, 'a')).toBeGreaterThan(0);
    await database.db.collection('attempts').deleteMany({});
    expect(await attempt(attempts, 'a')).toBeGreaterThan(0);
    expect(await database.db.collection('attempts').countDocuments()).toBe(0);
  });
});
