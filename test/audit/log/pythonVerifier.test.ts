import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../../src/audit/log/offline/report.ts';
import { receiptsIn } from '../../../src/audit/log/offline/trusted.ts';
import { verifyExport } from '../../../src/audit/log/offline/verifyExport.ts';
import { temporaryFolder } from '../../support/running.ts';
import { VECTORS, type Vector, type WrittenVector, writeVector } from './attackedExports.ts';
import { pythonIn, verifiedByPython } from './pythonVerifier.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const written = new Map<Vector, { readonly files: WrittenVector; readonly report: Report | undefined }>();
beforeAll(async () => {
  folder = await temporaryFolder();
  const python = await pythonIn(folder.path);
  for (const [i, vector] of VECTORS.entries()) {
    const to = join(folder.path, String(i));
    await mkdir(to);
    const files = await writeVector(vector, to);
    const report = python === undefined ? undefined : await verifiedByPython(python, optionsOf(files));
    written.set(vector, { files, report });
  }
});
afterAll(() => folder?.[Symbol.asyncDispose]());

const optionsOf = ({ folder, checkpoints, witnessKeys, key, receipts }: WrittenVector) => [
  folder,
  ...checkpoints.flatMap((file) => ['--checkpoint', file]),
  ...witnessKeys.flatMap((file) => ['--witness-key', file]),
  ...(key === undefined ? [] : ['--key', key]),
  ...(receipts === undefined ? [] : ['--receipts', receipts]),
];

/** What the two must agree about: everything but the sentences. */
function compared({ origin: _, keys: __, findings, ...report }: Report) {
  const named = findings.map(({ kind, seq, record }) => JSON.stringify([kind, seq ?? null, record ?? null]));
  return { ...report, findings: named.sort() };
}

it.for(VECTORS)('the verifier in Python finds the same: $name', async (vector, { skip }) => {
  const { files, report } = written.get(vector) ?? {};
  if (files === undefined || report === undefined) return skip('Python with the package cryptography is needed');
  const { receipts, ...trusted } = files;
  const given = receipts === undefined ? [] : await receiptsIn(receipts);
  expect(compared(report)).toEqual(compared(await verifyExport({ ...trusted, receipts: given })));
});
