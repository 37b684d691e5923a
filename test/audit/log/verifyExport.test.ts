import { describe, expect, it } from 'vitest';
import { receiptsIn } from '../../../src/audit/log/offline/trusted.ts';
import { verifyExport } from '../../../src/audit/log/offline/verifyExport.ts';
import { temporaryFolder } from '../../support/running.ts';
import { VECTORS, writeVector } from './attackedExports.ts';

describe('the verifier of exports', () => {
  it.each(VECTORS)('$name', async (vector) => {
    await using folder = await temporaryFolder();
    const { receipts, ...files } = await writeVector(vector, folder.path);
    const given = receipts === undefined ? [] : await receiptsIn(receipts);
    const report = await verifyExport({ ...files, receipts: given });
    const found = report.findings.map(({ kind, seq }) => (seq === undefined ? [kind] : [kind, seq]));
    expect(found.sort(), JSON.stringify(report.findings)).toEqual(vector.findings.toSorted());
    expect(report.ok).toBe(vector.findings.length === 0);
    expect(report.checked).toEqual({ from: 0, to: vector.checked });
  });
});
