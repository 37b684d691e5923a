import { expect, it } from 'vitest';
import { sealedSecret, type TotpEnrolment, totpEnrolments, unusedStep } from '../../../src/identity/totp.ts';
import type { Database } from '../../../src/store/database.ts';
import { previewMigration } from '../../../src/store/migrations/migrate.ts';
import { sealedTotpSecrets } from '../../../src/store/migrations/sealedTotpSecrets.ts';
import { sealerWith } from '../../../src/store/sealing.ts';
import { codeOf } from '../../support/proofs.ts';
import { migrated, never, type Scratch, scratchDatabase } from './scratch.ts';

const [APP, NEXT] = ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'] as const;
const KEY = Buffer.alloc(32, 7);
const at = new Date('2026-11-01T12:00:00Z');

/** Enrolments as they were stored before: confirmed, begun, and both. */
const BEFORE = [
  { _id: 'ann', revision: 3, secret: APP, confirmedAt: at, lastStep: 5, recoveryCodes: ['hmac:1'] },
  { _id: 'bea', revision: 1, pending: { secret: NEXT, until: at } },
  { _id: 'cec', revision: 2, secret: APP, confirmedAt: at, recoveryCodes: [], pending: { secret: NEXT, until: at } },
  { _id: 'dan', revision: 2, recoveryCodes: [] },
];

async function databaseOfBefore(scratch: Scratch, withKey: boolean): Promise<Database> {
  const database = await scratch.connect([sealedTotpSecrets]);
  await database.db.createCollection('roster');
  const key = { _id: 'key', revision: 1, key: KEY.toString('base64') };
  if (withKey) await database.db.collection('auditKey').insertOne(key as never);
  await database.db.collection('totp').insertMany(BEFORE as never[]);
  return database;
}

const enrolments = async (database: Database) =>
  (await database.find(totpEnrolments, {})).toSorted((a, b) => (a._id < b._id ? -1 : 1));

it('the step that encrypts the secrets of apps changes nothing else, and the service reads them', async () => {
  await using scratch = await scratchDatabase();
  const database = await databaseOfBefore(scratch, true);
  const lines: string[] = [];
  await previewMigration({ database, program: 'test', signal: never, report: (line) => lines.push(line) });
  expect(lines).toContain('  secrets of apps: 3 to write');
  expect(await enrolments(database)).toEqual(BEFORE);

  await migrated(database);
  const sealer = sealerWith(KEY);
  const after = await enrolments(database);
  const opened = after.map(({ secret, pending, ...others }) => {
    const clear = (sealed: string) => sealer.unseal(`totp ${others._id}`, sealed);
    return {
      ...others,
      ...(secret === undefined ? {} : { secret: clear(secret) }),
      ...(pending === undefined ? {} : { pending: { ...pending, secret: clear(pending.secret) } }),
    };
  });
  expect(opened).toEqual(BEFORE.map((doc) => (doc._id === 'dan' ? doc : { ...doc, revision: doc.revision + 1 })));
  for (const secret of [APP, NEXT]) expect(JSON.stringify(after)).not.toContain(secret);
  const ann = after[0] as TotpEnrolment;
  expect(unusedStep(ann, codeOf(APP, at), { now: at, sealer })).toBe(Math.floor(at.getTime() / 30_000));
  expect(unusedStep(ann, codeOf(NEXT, at), { now: at, sealer })).toBeUndefined();
});

it('without a key there is nothing to encrypt', async () => {
  await using scratch = await scratchDatabase();
  const database = await databaseOfBefore(scratch, false);
  await migrated(database);
  expect(await enrolments(database)).toEqual(BEFORE);
});

it('a secret is encrypted for one user: in the place of another’s it is of no use', () => {
  const sealer = sealerWith(KEY);
  const enrolment = { _id: 'bea', revision: 1, secret: sealedSecret(sealer, 'ann', APP) };
  expect(() => unusedStep(enrolment, codeOf(APP, at), { now: at, sealer })).toThrow();
  const own = { ...enrolment, _id: 'ann' };
  expect(() => unusedStep(own, codeOf(APP, at), { now: at, sealer: sealerWith(Buffer.alloc(32, 8)) })).toThrow();
  expect(unusedStep(own, codeOf(APP, at), { now: at, sealer })).toBeDefined();
});
