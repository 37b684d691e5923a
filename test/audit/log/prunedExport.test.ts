import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobView } from '../../../src/base/schemas/generated.ts';
import { runWarm, temporaryFolder } from '../../support/running.ts';
import { sealedHouse } from './attackedHouse.ts';
import { exported, verifiedByBoth } from './exported.ts';
import { pythonIn } from './pythonVerifier.ts';

it('pruned records are exported and verified as pruned, and their receipts still prove that they were in the log', async () => {
  await using house = await sealedHouse();
  await using folder = await temporaryFolder();
  const python = await pythonIn(folder.path);
  const [record] = (await house.records()).slice(3);
  const receipt = { record: record?.id ?? '', hash: String(record?.hash) };
  const receipts = join(folder.path, 'receipts');
  await writeFile(receipts, `${JSON.stringify(receipt)}\n`);
  const key = join(folder.path, 'log.key');
  await writeFile(key, `${(await house.auditLog.keys()).join('\n')}\n`);

  const before = new Date().toISOString();
  const begun = (await house.administer('boss', { command: 'pruneAudit', params: { before } })).result as JobView;
  await house.worker.turn('jobs');
  await house.sealer.seal();
  const size = begun.pruning?.size ?? 0;
  expect(size).toBeGreaterThan(3);

  const log = join(folder.path, 'log');
  const { to } = await exported(house, log);
  expect(to).toBeGreaterThan(size);
  const report = await verifiedByBoth(python, log, { receipts });
  expect(report).toMatchObject({
    ok: true,
    pruned: size,
    receipts: 1,
    receiptsWithoutText: 1,
    checked: { from: 0, to },
    findings: [],
  });

  const whole = await runWarm(['audit', 'verify', log, '--key', key], folder.path, {});
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(whole.stdout).toContain(`pruned              ${size} records`);
  const one = await runWarm(['audit', 'verify-receipt', receipts, log, '--key', key], folder.path, {});
  expect(one).toMatchObject({ code: 0, stderr: '' });
  expect(one.stdout).toMatch(
    /^The record \S+ is in the log \S+, with the hash of the receipt\. Its text was pruned\.\n/,
  );
  expect(one.stdout).toContain('1 found with the hash of the receipt; the text of 1 was pruned, and so not checked');
  const { result } = await house.administer('boss', { command: 'proveRecord', params: receipt });
  const proof = join(folder.path, 'proof');
  await writeFile(proof, JSON.stringify(result));
  const proven = await runWarm(['audit', 'verify-receipt', receipts, '--proof', proof, '--key', key], folder.path, {});
  expect(proven).toMatchObject({ code: 0, stderr: '' });

  await writeFile(receipts, `${JSON.stringify({ ...receipt, hash: '0'.repeat(64) })}\n`);
  const wrong = await verifiedByBoth(python, log, { receipts });
  expect(wrong.findings).toMatchObject([{ kind: 'receipt_differs', record: receipt.record }]);
});
