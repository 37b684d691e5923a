import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { signedCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { CompactRange } from '../../../src/audit/log/tree.ts';
import { LONG } from '../../support/long.ts';
import { runSteward, temporaryFolder } from '../../support/running.ts';
import { entry, leafOfEntry, linesOf, ORIGIN, signer } from './generatedLog.ts';

const RECORDS = LONG ? 1_000_000 : 7_000;
/** All records together are larger than the memory that the verifier may take for them. */
const FILLER = 'x'.repeat(LONG ? 500 : 14_000);
const MAX_KILOBYTES = 80 * 1024;

/** Writes how much memory a process took. */
const MEASURE = `process.on('exit', () =>
  require('node:fs').writeFileSync(process.env.MEMORY_FILE, String(process.resourceUsage().maxRSS)));`;

async function writeLarge(folder: string, count: number): Promise<void> {
  await mkdir(join(folder, 'records'), { recursive: true });
  const log = signer(ORIGIN);
  const range = new CompactRange();
  const file = createWriteStream(join(folder, 'records', '000000000000.jsonl'));
  for (let seq = 0; seq < count; seq += 1) {
    const record = entry(seq, { filler: FILLER });
    range.append(leafOfEntry(record));
    if (!file.write(`${linesOf(seq, record).join('\n')}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  await writeFile(
    join(folder, 'checkpoint'),
    signedCheckpoint({ origin: ORIGIN, size: count, root: range.root() }, log),
  );
  await writeFile(join(folder, 'keys'), `${verifierKeyText(log.key)}\n`);
}

it('a large export is verified in as much memory as a small one', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'measure.cjs'), MEASURE);
  const kilobytes: number[] = [];
  for (const count of [100, RECORDS]) {
    await writeLarge(join(folder.path, String(count)), count);
    const env = { NODE_OPTIONS: '--require ./measure.cjs', MEMORY_FILE: join(folder.path, 'memory') };
    const begun = performance.now();
    const ended = await runSteward(['audit', 'verify', String(count), '--json'], folder.path, env);
    const seconds = (performance.now() - begun) / 1000;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, checked: { from: 0, to: count } });
    console.log(`${count} records verified, ${Math.round(count / seconds)} a second`);
    kilobytes.push(Number(await readFile(join(folder.path, 'memory'), 'utf8')));
  }
  const [small = 0, large = 0] = kilobytes;
  console.log(`memory: ${small} kB for 100 records, ${large} kB for ${RECORDS}`);
  expect(large - small).toBeLessThan(MAX_KILOBYTES);
});
