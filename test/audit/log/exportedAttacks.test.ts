import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosignatureOf, withSignatures } from '../../../src/audit/log/checkpoint.ts';
import { logHead } from '../../../src/audit/log/segments.ts';
import { verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import type { TestHouse } from '../../support/house.ts';
import { temporaryFolder } from '../../support/running.ts';
import { REWRITES, REWRITTEN, sealedHouse } from './attackedHouse.ts';
import { ATTACKED, ATTACKS, firstOfEachKind } from './attacks.ts';
import { exported, type Kept, verifiedByBoth } from './exported.ts';
import { witnessSigner } from './generatedLog.ts';
import { pythonIn } from './pythonVerifier.ts';

let installed: Awaited<ReturnType<typeof temporaryFolder>>;
let python: string | undefined;
beforeAll(async () => {
  installed = await temporaryFolder();
  python = await pythonIn(installed.path);
});
afterAll(() => installed?.[Symbol.asyncDispose]());

const verified = (folder: string, kept?: Kept) => verifiedByBoth(python, folder, kept);

const receiptOf = async (house: TestHouse, seq: number) => {
  const record = (await house.records())[seq];
  return { record: record?.id ?? '', hash: String(record?.hash) };
};

describe('an export of a log', () => {
  it('that nobody touched passes', async () => {
    await using house = await sealedHouse();
    await using folder = await temporaryFolder();
    expect(await exported(house, folder.path)).toMatchObject({ from: 0, to: ATTACKED, missing: 0 });
    expect(await verified(folder.path)).toMatchObject({ ok: true, checked: { from: 0, to: ATTACKED }, findings: [] });
  });

  it('goes on, and passes with its earlier checkpoints', async () => {
    await using house = await sealedHouse();
    await using folder = await temporaryFolder();
    await exported(house, folder.path);
    await house.administer('boss', { command: 'addUser', params: { user: 'later' } });
    await house.sealer.seal();
    const { size } = await logHead(house.database);
    expect(size).toBeGreaterThan(ATTACKED);
    expect(await exported(house, folder.path)).toMatchObject({ from: ATTACKED, to: size });
    expect(await verified(folder.path)).toMatchObject({ ok: true, checked: { from: 0, to: size }, checkpoints: 2 });
  });

  it('shows what was inserted since the last export, whose records it does not read again', async () => {
    await using house = await sealedHouse();
    await using folder = await temporaryFolder();
    await exported(house, folder.path);
    expect(await verified(folder.path)).toMatchObject({ ok: true });
    const insertion = ATTACKS.find(({ name }) => name.startsWith('a batch is inserted'));
    await insertion?.apply(house.database.db);
    await exported(house, folder.path);
    const { findings, unsealed } = await verified(folder.path);
    expect(findings).toMatchObject([{ kind: 'inserted' }]);
    // The records of the exports themselves.
    expect(unsealed).toBeGreaterThan(0);
    await house.database.db
      .collection<{ _id: string }>('audit')
      .deleteOne({ _id: String(findings[0]?.record).slice(0, 24) });
    await exported(house, folder.path);
    expect(await verified(folder.path)).toMatchObject({ ok: true });
  });

  it.each(firstOfEachKind(ATTACKS, ({ inExport }) => inExport?.kind).map((attack) => [attack.name, attack] as const))(
    'shows that %s',
    async (_, { apply, inExport }) => {
      await using house = await sealedHouse();
      await using folder = await temporaryFolder();
      await apply(house.database.db);
      await exported(house, folder.path);
      const report = await verified(folder.path);
      expect(report.ok).toBe(false);
      expect(report.findings).toContainEqual(expect.objectContaining(inExport));
    },
  );
});

describe('an export shows with what was kept that', () => {
  it.each(
    firstOfEachKind(REWRITES, (rewrite) => rewrite.byCheckpoint).map((rewrite) => [rewrite.name, rewrite] as const),
  )('%s', async (_, rewrite) => {
    const { apply, byReceipt } = rewrite;
    await using house = await sealedHouse();
    await using folder = await temporaryFolder();
    const keep = async (name: string, text: string) => {
      const file = join(folder.path, name);
      await writeFile(file, text);
      return file;
    };
    const witness = witnessSigner('witness.example');
    const note = String((await logHead(house.database)).checkpoint);
    const checkpoint = await keep('checkpoint', note);
    const cosigned = await keep('cosigned', withSignatures(note, [cosignatureOf(note, 1_800_000_000, witness)]));
    const witnessKey = await keep('witness', `${verifierKeyText(witness.key)}\n`);
    const receipts = await keep('receipts', `${JSON.stringify(await receiptOf(house, REWRITTEN))}\n`);
    const before = join(folder.path, 'before');
    await exported(house, before);
    expect(
      (await verified(before, { checkpoints: [checkpoint, cosigned], witnessKeys: [witnessKey], receipts })).ok,
    ).toBe(true);

    await apply(house);
    const after = join(folder.path, 'after');
    await exported(house, after);
    expect((await verified(after)).ok).toBe(true);
    const kinds = async (kept: Kept) => (await verified(after, kept)).findings.map(({ kind }) => kind);
    // The exports left records too, so the new log may be as long as the one before.
    const { size } = await logHead(house.database);
    const byCheckpoint = size < ATTACKED ? 'truncated' : 'rewritten';
    expect(await kinds({ checkpoints: [checkpoint] })).toEqual([byCheckpoint]);
    expect(await kinds({ checkpoints: [cosigned], witnessKeys: [witnessKey] })).toContain(byCheckpoint);
    expect(await kinds({ receipts })).toContain(byReceipt);
    // An export from before is not overwritten by a shorter or another log.
    await expect(exported(house, before)).rejects.toThrow(/The export was not changed/);
  });
});
