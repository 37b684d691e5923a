import { once } from 'node:events';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifierKeyText } from '../../src/audit/log/signedNote.ts';
import { consistencyProof } from '../../src/audit/log/tree.ts';
import { VECTORS, writeVector } from '../audit/log/attackedExports.ts';
import {
  checkpointOf,
  type Entry,
  entries,
  exportOf,
  leafOfEntry,
  linesOf,
  nodesOf,
  ORIGIN,
  proofOf,
  receiptOf,
  signer,
  writeExport,
} from '../audit/log/generatedLog.ts';
import { startLoopback } from '../support/loopback.ts';
import { runWarm, spawnSteward, temporaryFolder } from '../support/running.ts';

const log = signer(ORIGIN);
const ALL = entries(23);

it.each(VECTORS)('verify ends with the status of what it found: $name', async (vector) => {
  await using folder = await temporaryFolder();
  const { folder: dir, checkpoints, witnessKeys, key, receipts } = await writeVector(vector, folder.path);
  const options = [
    ...checkpoints.flatMap((file) => ['--checkpoint', file]),
    ...witnessKeys.flatMap((file) => ['--witness-key', file]),
    ...(key === undefined ? [] : ['--key', key]),
    ...(receipts === undefined ? [] : ['--receipts', receipts]),
  ];
  const ended = await runWarm(['audit', 'verify', dir, ...options], folder.path);
  expect(ended).toMatchObject({ code: vector.findings.length === 0 ? 0 : 1, stderr: '' });
  for (const [kind] of vector.findings) expect(ended.stdout).toMatch(new RegExp(`^ {2}${kind} {2,}`, 'm'));
});

it('verify says what it checked, with which key, and as JSON the same', async () => {
  await using folder = await temporaryFolder();
  await writeExport(join(folder.path, 'export'), exportOf(ALL, log, [7]));
  const text = await runWarm(['audit', 'verify', 'export'], folder.path);
  const root = checkpointOf(ALL, log).split('\n')[2];
  expect(text.stdout).toBe(
    [
      `The log ${ORIGIN} is as it was signed, as far as it was checked.`,
      '  checked             records 0 to 22 of 23',
      `  root                ${root}`,
      '  checkpoints         2 agreeing',
      "  key                 the export's own, which proves nothing against whoever wrote the export",
      '  not checked         what the database had beside the log: the export does not tell',
      '',
    ].join('\n'),
  );
  const json = JSON.parse((await runWarm(['audit', 'verify', 'export', '--json'], folder.path)).stdout);
  expect(json).toMatchObject({ ok: true, checked: { from: 0, to: 23 }, size: 23, root, keys: 'own', findings: [] });
});

it.each([
  ['a folder that is none', ['verify', 'nowhere'], 'nowhere is not an export of the audit'],
  ['a key file that is none', ['verify', 'export', '--key', 'nokey'], 'nokey cannot be read (ENOENT)'],
  ['a key file without keys', ['verify', 'export', '--key', 'empty'], 'empty has no key of a log'],
  ['a key that is none', ['verify', 'export', '--key', 'note'], 'note: A key must have the form'],
  [
    'the key of a log for that of a witness',
    ['verify', 'export', '--witness-key', 'key'],
    'key has no key of a witness',
  ],
  ['a checkpoint file that is not there', ['verify', 'export', '--checkpoint', 'none'], 'none cannot be read'],
  ['receipts that are none', ['verify', 'export', '--receipts', 'note'], 'note, line 1 is not a receipt'],
  ['a receipt that is none', ['verify-receipt', 'note', 'export'], 'note is not a receipt'],
  [
    'a proof that is none',
    ['verify-receipt', 'receipt', '--proof', 'note', '--key', 'key'],
    'note is not the answer of',
  ],
  ['a proof without a key', ['verify-receipt', 'receipt', '--proof', 'note'], '--key FILE'],
  ['neither an export nor a proof', ['verify-receipt', 'receipt'], 'either the folder of an export, or'],
])('nothing is checked with %s', async (_, words, message) => {
  await using folder = await temporaryFolder();
  const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
  await writeExport(join(folder.path, 'export'), exportOf(ALL, log));
  await write('empty', '# nothing\n');
  await write('note', 'something else\n');
  await write('key', `${verifierKeyText(log.key)}\n`);
  await write('receipt', JSON.stringify(receiptOf(ALL[1] as Entry)));
  const ended = await runWarm(['audit', ...words], folder.path);
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
});

it('a receipt is verified against an export, and against a proof', async () => {
  await using folder = await temporaryFolder();
  const write = (name: string, value: unknown) =>
    writeFile(join(folder.path, name), typeof value === 'string' ? value : JSON.stringify(value));
  const verify = async (...words: string[]) => {
    const { code, stdout } = await runWarm(['audit', 'verify-receipt', ...words, '--json'], folder.path);
    return { code, kinds: JSON.parse(stdout).findings.map(({ kind }: { kind: string }) => kind) };
  };
  await writeExport(join(folder.path, 'export'), exportOf(ALL, log));
  await write('key', `${verifierKeyText(log.key)}\n`);
  await write('wrongKey', `${verifierKeyText(signer(ORIGIN).key)}\n`);
  for (const seq of [1, 6]) {
    const receipt = receiptOf(ALL[seq] as Entry);
    await write('receipt', { result: [], receipt });
    const proof = await proofOf(ALL, seq, log);
    await write('proof', { result: proof });
    expect(await verify('receipt', 'export')).toEqual({ code: 0, kinds: [] });
    expect(await verify('receipt', '--proof', 'proof', '--key', 'key')).toEqual({ code: 0, kinds: [] });

    await write('other', receiptOf(ALL[2] as Entry));
    expect(await verify('other', '--proof', 'proof', '--key', 'key')).toEqual({ code: 1, kinds: ['receipt_differs'] });
    expect(await verify('receipt', '--proof', 'proof', '--key', 'wrongKey')).toEqual({
      code: 1,
      kinds: ['signature_invalid'],
    });
    await write('proof', { ...proof, seq: seq + 1 });
    expect(await verify('receipt', '--proof', 'proof', '--key', 'key')).toEqual({
      code: 1,
      kinds: ['receipt_not_found'],
    });
    await write('proof', { ...proof, size: 22 });
    expect(await verify('receipt', '--proof', 'proof', '--key', 'key')).toEqual({
      code: 1,
      kinds: ['checkpoint_invalid'],
    });
  }
  await write('receipt', receiptOf(ALL[6] as Entry));
  await write('proof', await proofOf(ALL, 6, log));
  const said = async (...words: string[]) => {
    const { stdout } = await runWarm(['audit', 'verify-receipt', 'receipt', ...words], folder.path);
    return stdout.split('\n');
  };
  const isIn = `The record ${ALL[6]?.id} is in the log ${ORIGIN}`;
  expect(await said('export')).toContain(`${isIn}, and its text in the export is as it was.`);
  const byProof = await said('--proof', 'proof', '--key', 'key');
  expect(byProof).toContain(`${isIn}, with the hash of the receipt.`);
  expect(byProof).toContain('  not checked         what is stored of the record now, which a proof does not have');
  await write('receipt', receiptOf(entries(99)[98] as Entry));
  expect(await verify('receipt', 'export')).toEqual({ code: 1, kinds: ['receipt_not_found'] });
});

interface Records {
  all: readonly Entry[];
  readonly checkpoint?: string;
}

async function continuation({ all, checkpoint }: Records, from: number) {
  const leaves = all.map(leafOfEntry);
  const nodes = nodesOf(leaves);
  const proof = from > all.length ? [] : await consistencyProof({ from, to: all.length }, nodes);
  return { proof: proof.map((hash) => hash.toString('base64')), checkpoint: checkpoint ?? checkpointOf(all, log) };
}

/** The id of a batch. */
const LATER = 'a'.repeat(24);

/** A service that has these records, and gives a few at a time. */
async function serviceWith(records: Records, limit = 4) {
  const calls: (number | undefined)[] = [];
  const server = await startLoopback((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { id, params } = JSON.parse(body);
      const { command, params: asked } = params[0];
      if (command === 'proveConsistency') {
        void continuation(records, asked.from).then((result) =>
          response.end(JSON.stringify({ jsonrpc: '2.0', id, result })),
        );
        return;
      }
      const { all } = records;
      const signed = { checkpoint: records.checkpoint ?? checkpointOf(all, log), keys: [verifierKeyText(log.key)] };
      if ('beside' in asked) {
        const found = asked.beside === '' ? { lines: [], unsealed: 1, nextBeside: LATER } : { lines: [], unsealed: 2 };
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { ...found, ...signed } }));
        return;
      }
      const { after } = asked;
      calls.push(after);
      const first = (after ?? -1) + 1;
      const lines = all.slice(first, first + limit).flatMap((record, i) => linesOf(first + i, record));
      const page = {
        lines,
        ...(first + limit < all.length ? { next: first + limit - 1 } : {}),
        ...signed,
      };
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: page }));
    });
  });
  return { url: server.url, asked: calls, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const env = (server: { readonly url: string }) => ({ STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' });
const verified = async (folder: string) => (await runWarm(['audit', 'verify', 'export', '--json'], folder)).stdout;

it('export writes the log, and continues it with what is new', async () => {
  await using folder = await temporaryFolder();
  const records = { all: ALL.slice(0, 10) };
  await using server = await serviceWith(records);
  const run = () => runWarm(['audit', 'export', 'export'], folder.path, env(server));
  expect(await run()).toMatchObject({
    code: 0,
    stdout: `export now has records 0 to 9 of the log ${ORIGIN}, 10 of them new.\n`,
  });
  expect(server.asked).toEqual([undefined, 3, 7]);
  expect(await run()).toMatchObject({ code: 0, stdout: `export already had all 10 records of the log ${ORIGIN}.\n` });
  records.all = ALL;
  expect(await run()).toMatchObject({
    code: 0,
    stdout: `export now has records 0 to 22 of the log ${ORIGIN}, 13 of them new.\n`,
  });
  expect(server.asked.slice(3)).toEqual([8, 8, 12, 16, 20]);
  const file = join(folder.path, 'export', 'records', '000000000000.jsonl');
  expect(await readFile(file, 'utf8')).toBe(`${ALL.flatMap((record, seq) => linesOf(seq, record)).join('\n')}\n`);
  expect(await readdir(join(folder.path, 'export', 'checkpoints'))).toEqual(['10']);
  expect(JSON.parse(await verified(folder.path))).toMatchObject({
    ok: true,
    checked: { to: 23 },
    checkpoints: 2,
    unsealed: 3,
  });
});

it('export goes on wherever it was interrupted', async () => {
  await using folder = await temporaryFolder();
  await using server = await serviceWith({ all: ALL });
  const run = () => runWarm(['audit', 'export', 'export'], folder.path, env(server));
  await run();
  const file = join(folder.path, 'export', 'records', '000000000000.jsonl');
  const whole = await readFile(file);
  for (const length of [whole.length - 1, whole.length - 100, whole.length >> 1, 700, 1, 0]) {
    await truncate(file, length);
    expect((await run()).code).toBe(0);
    expect(await readFile(file), `cut to ${length}`).toEqual(whole);
  }
});

it.each([
  ['is shorter than the export', { all: ALL.slice(0, 10) }, 'had 23 at the last export: it was cut or rolled back'],
  ['lacks its last record', { all: ALL.slice(0, 22), checkpoint: checkpointOf(ALL, log) }, 'does not have record 22'],
  ['has another last record', { all: ALL.with(22, entries(99)[98] as Entry) }, 'signed another root'],
  [
    'has grown, with another record in the place of the last one',
    { all: [...ALL.with(22, entries(99)[98] as Entry), ...entries(24).slice(23)] },
    'it was rewritten',
  ],
  ['is another', { all: ALL, checkpoint: checkpointOf(ALL, signer('steward/other')) }, 'is an export of the log'],
])('export changes nothing if the log %s', async (_, records, message) => {
  await using folder = await temporaryFolder();
  await writeExport(join(folder.path, 'export'), exportOf(ALL, log));
  const before = await verified(folder.path);
  await using server = await serviceWith(records);
  const ended = await runWarm(['audit', 'export', 'export'], folder.path, env(server));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  expect(await verified(folder.path)).toBe(before);
});

it('export does not write into a folder of something else', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'export', 'something'), { recursive: true });
  await using server = await serviceWith({ all: ALL });
  const ended = await runWarm(['audit', 'export', 'export'], folder.path, env(server));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('not an export of the audit') });
  expect(server.asked).toEqual([]);
});

it('export does not write into a folder into which another one writes, unless that was killed', async () => {
  await using folder = await temporaryFolder();
  await using server = await serviceWith({ all: ALL });
  const run = () => runWarm(['audit', 'export', 'export'], folder.path, env(server));
  await mkdir(join(folder.path, 'export', 'records'), { recursive: true });
  const lock = join(folder.path, 'export', 'lock');
  await writeFile(lock, String(process.pid));
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${process.pid}`) });
  expect(server.asked).toEqual([]);
  const { child } = spawnSteward(['--version'], folder.path, {});
  await once(child, 'close');
  await writeFile(lock, String(child.pid));
  expect(await run()).toMatchObject({ code: 0 });
  expect(await readdir(join(folder.path, 'export'))).not.toContain('lock');
});
