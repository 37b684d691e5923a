import { expect } from 'vitest';
import { exportTo } from '../../../src/audit/log/offline/exportFolder.ts';
import type { Report } from '../../../src/audit/log/offline/report.ts';
import { receiptsIn } from '../../../src/audit/log/offline/trusted.ts';
import { verifyExport } from '../../../src/audit/log/offline/verifyExport.ts';
import type { ExportAudit, ProveConsistency } from '../../../src/base/schemas/generated.ts';
import type { TestHouse } from '../../support/house.ts';
import { verifiedByPython } from './pythonVerifier.ts';

/** Exports the log of the house into the folder. */
export const exported = (house: TestHouse, folder: string, limit = 5) =>
  exportTo(folder, {
    pages: async (after) => {
      const params = { limit, ...(after === undefined ? {} : { after }) };
      return (await house.administer('boss', { command: 'exportAudit', params })).result as ExportAudit['result'];
    },
    beside: async (beside) =>
      (await house.administer('boss', { command: 'exportAudit', params: { beside } })).result as ExportAudit['result'],
    continuation: async (from) =>
      (await house.administer('boss', { command: 'proveConsistency', params: { from } }))
        .result as ProveConsistency['result'],
  });

export interface Kept {
  readonly checkpoints?: readonly string[];
  readonly witnessKeys?: readonly string[];
  readonly receipts?: string;
}

const options = (name: string, files: readonly string[] = []) => files.flatMap((file) => [name, file]);

/** What both verifiers find, which must be the same. @param python the Python for the second one, if there is one */
export async function verifiedByBoth(
  python: string | undefined,
  folder: string,
  { receipts, ...kept }: Kept = {},
): Promise<Report> {
  const given = receipts === undefined ? [] : await receiptsIn(receipts);
  const report = await verifyExport({ folder, ...kept, receipts: given });
  if (python !== undefined) {
    const byPython = await verifiedByPython(python, [
      folder,
      ...options('--checkpoint', kept.checkpoints),
      ...options('--witness-key', kept.witnessKeys),
      ...options('--receipts', receipts === undefined ? [] : [receipts]),
    ]);
    const named = ({ findings }: Report) => findings.map(({ kind, seq, record }) => [kind, seq, record].join()).sort();
    expect(named(byPython)).toEqual(named(report));
    const { checked, pruned, unsealed, receipts: found, receiptsWithoutText } = report;
    expect(byPython).toMatchObject({ checked, pruned, unsealed, receipts: found, receiptsWithoutText });
  }
  return report;
}
