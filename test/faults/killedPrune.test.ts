import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import type { JobView } from '../../src/base/schemas/generated.ts';
import { openHouse, SECRET, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { endTransactionsOfKilled } from './killedInstances.ts';

const CHILD = fileURLToPath(new URL('pruneChild.mjs', import.meta.url));

/** Prunes in a process of its own that is killed before that write; how many writes there were, where it is not. */
async function pruneKilledBefore({ database }: TestHouse, write: number): Promise<number> {
  const args = [CHILD, inject('mongoUri'), database.db.databaseName, SECRET, String(write)];
  try {
    return Number((await promisify(execFile)('node', args)).stdout);
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' });
    return 0;
  }
}

async function verification(house: TestHouse, command: string): Promise<JobView> {
  const { job } = (await house.administer('boss', { command })).result as JobView;
  await house.worker.turn('jobs');
  return (await house.administer('boss', { command: 'getJob', params: { id: job } })).result as JobView;
}

/** The ids of the sealed batches before this size of the log. */
async function sealedBefore(house: TestHouse, size: number): Promise<string[]> {
  const segments = (await house.contents('auditSegments')) as unknown as { size: number; batches: { id: string }[] }[];
  return segments.filter((segment) => segment.size <= size).flatMap(({ batches }) => batches.map(({ id }) => id));
}

it.runIf(LONG)(
  'pruning that is killed before one of its writes is ended by another instance, or has changed nothing',
  async () => {
    await using house = await openHouse({ rules: { configured: ['boss'] } });
    const audit = house.database.db.collection<{ _id: string }>('audit');
    const leases = house.database.db.collection('leases');
    let made = 0;
    const writeAndSeal = async () => {
      made += 1;
      await house.administer('boss', { command: 'addUser', params: { user: `user${made}` } });
      await house.sealer.seal();
    };
    await writeAndSeal();
    const writes = await pruneKilledBefore(house, 0);
    // The call, the parts of the snapshot, the snapshot, the removal, and the records and commits of the steps.
    expect(writes).toBeGreaterThanOrEqual(8);
    let finished = 0;
    for (let write = 1; write <= writes; write += 1) {
      await writeAndSeal();
      const before = await house.contents('auditSnapshots');
      const size = Number(before.at(-1)?.size ?? 0);
      await pruneKilledBefore(house, write);
      await endTransactionsOfKilled(house.database);
      // As when the lease of the process that was killed has ended.
      await leases.deleteMany({});
      await house.worker.turn('jobs');
      const after = await house.contents('auditSnapshots');
      const pruned = Number(after.at(-1)?.size ?? 0);
      expect(pruned).toBeGreaterThanOrEqual(size);
      if (pruned > size) finished += 1;
      expect(await audit.countDocuments({ _id: { $in: await sealedBefore(house, pruned) } })).toBe(0);
      const { verification: log } = await verification(house, 'verifyAudit');
      expect(log).toMatchObject({ ok: true, pruned, findings: [] });
      const { stateVerification: state } = await verification(house, 'verifyState');
      expect(state).toMatchObject({ ok: true, from: pruned, missingRecords: 0 });
      const jobs = (await house.administer('boss', { command: 'listJobs', params: { kind: 'pruneAudit' } })).result;
      expect((jobs as { jobs: JobView[] }).jobs.map(({ state }) => state)).not.toContain('running');
    }
    expect(finished).toBeGreaterThan(0);
  },
  600_000,
);
