import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifiedCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { auditWitnesses } from '../../../src/audit/log/cosigned.ts';
import { Witnesses } from '../../../src/audit/log/cosigning.ts';
import { AuditLog } from '../../../src/audit/log/log.ts';
import { logHead } from '../../../src/audit/log/segments.ts';
import { parseVerifierKey, type Signer, type VerifierKey, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { signerOf, storedSigningKey } from '../../../src/audit/log/signer.ts';
import type { ExportAudit } from '../../../src/base/schemas/generated.ts';
import { witnessesOf } from '../../../src/server/witnesses.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { startLoopback } from '../../support/loopback.ts';
import { onSharedMongod, startRunning, temporaryFolder } from '../../support/running.ts';
import { REWRITES } from './attackedHouse.ts';
import { firstOfEachKind } from './attacks.ts';
import { signer, witnessSigner } from './generatedLog.ts';
import { witnessOn } from './runningWitness.ts';

let house: TestHouse;
let log: AuditLog;
let own: Signer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  house = await openHouse();
  own = signerOf(await storedSigningKey(house.database), (await logHead(house.database)).origin);
  log = new AuditLog(house.database, own);
  folder = await temporaryFolder();
  await grow();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

let made = 0;
/** Some records more, which are sealed. */
async function grow(): Promise<number> {
  for (let i = 0; i < 3; i += 1) await house.administer('boss', { command: 'addUser', params: { user: `u${made++}` } });
  await house.sealer.seal();
  return (await logHead(house.database)).size;
}

/** The task of an instance that asks these witnesses. */
function instance(urls: readonly string[], keys: readonly string[]) {
  const config = { 'audit-witness-urls': urls, 'audit-witness-keys': keys };
  const witnesses = witnessesOf(config as Parameters<typeof witnessesOf>[0]);
  if (witnesses === undefined) throw new Error('there are no witnesses');
  const said: string[] = [];
  const options = { ...witnesses, database: house.database, log, now: () => new Date() };
  const task = new Witnesses({ ...options, warn: (sentence) => said.push(sentence) });
  return { turn: () => task.turn(new AbortController().signal), said };
}

const vkey = (signer: Signer) => verifierKeyText(signer.key);

/** How far the newest checkpoint that the service shows is cosigned by this witness; undefined if it is not. */
async function shown(witness: Signer): Promise<number | undefined> {
  const { size, cosignatures } = verifiedCheckpoint((await log.checkpoint()) ?? '', [own.key, witness.key]);
  return cosignatures.length > 0 ? size : undefined;
}

it('each new checkpoint is cosigned by every witness, and served and exported with the cosignatures', async () => {
  const [first, second] = [witnessSigner('one.example'), witnessSigner('two.example')];
  await using one = await witnessOn(join(folder.path, '1'), [own.key], first);
  await using two = await witnessOn(join(folder.path, '2'), [own.key], second);
  const { turn, said } = instance([one.url, `${two.url}/`], [vkey(first), vkey(second)]);
  for (let round = 0; round < 3; round += 1) {
    const size = await grow();
    expect(await shown(first)).toBeUndefined();
    await turn();
    expect(await shown(first)).toBe(size);
    expect(await shown(second)).toBe(size);
    const { result } = await house.administer('boss', { command: 'exportAudit', params: {} });
    const notes = (result as ExportAudit['result']).cosigned;
    expect(notes.map((note) => verifiedCheckpoint(note, [own.key, first.key, second.key]).size)).toEqual([size, size]);
    // Nothing is asked again for the same checkpoint.
    await turn();
  }
  expect(said).toEqual([]);
  expect(await (await one.newest()).text()).toContain('— one.example ');
});

it('goes on with what the witness has, if it knows less or something else of it', async () => {
  const cosigner = witnessSigner('w.example');
  await using witness = await witnessOn(folder.path, [own.key], cosigner);
  const { turn, said } = instance([witness.url], [vkey(cosigner)]);
  await turn();
  // The service was killed between the answer and keeping it.
  await house.database.db.collection(auditWitnesses.name).deleteMany({});
  let size = await grow();
  await turn();
  expect(await shown(cosigner)).toBe(size);
  // The witness has lost everything.
  await rm(join(folder.path, 'logs'), { recursive: true });
  size = await grow();
  await turn();
  expect(await shown(cosigner)).toBe(size);
  expect(said).toEqual([]);
});

it.each(
  firstOfEachKind(REWRITES, (rewrite) => rewrite.byCheckpoint).map((rewrite) => [rewrite.name, rewrite] as const),
)('a witness cosigns nothing more if %s', async (_, { apply }) => {
  const cosigner = witnessSigner('w.example');
  await using witness = await witnessOn(folder.path, [own.key], cosigner);
  while ((await logHead(house.database)).size < 15) await grow();
  const { turn, said } = instance([witness.url], [vkey(cosigner)]);
  await turn();
  expect(said).toEqual([]);
  const before = await (await witness.newest()).text();
  await apply(house);
  await grow();
  await turn();
  expect(said).toEqual([
    expect.stringMatching(
      /has not cosigned the audit log: it (answered 422|has cosigned \d+ records, and the log has fewer)/,
    ),
  ]);
  expect(await shown(cosigner)).toBeUndefined();
  expect(await (await witness.newest()).text()).toBe(before);
});

it.each([
  ['nobody', undefined, /refused/],
  ['something else', [200, '<html>'], /its answer does not count/],
  [
    'a witness that does not know the log',
    [404, 'This witness does not know the log.\n'],
    /answered 404: This witness/,
  ],
  ['one that fails', [500, 'no'], /answered 500: no/],
  ['one that never agrees with itself', [409, '0\n'], /and then other numbers/],
  ['one that claims more than there is', [409, '999999\n'], /has cosigned 999999 records, and the log has fewer/],
])('where %s answers, nothing is cosigned, and the operator is told once', async (_, answer, sentence) => {
  const cosigner = witnessSigner('w.example');
  await using server = await startLoopback((request, response) => {
    request.resume().on('end', () => response.writeHead(Number(answer?.[0])).end(answer?.[1]));
  });
  if (answer === undefined) await server.stop();
  const { turn, said } = instance([server.url], [vkey(cosigner)]);
  await turn();
  // A pause comes first.
  await turn();
  expect(said).toEqual([expect.stringMatching(sentence)]);
  expect(await shown(cosigner)).toBeUndefined();
});

it('does not take the signature of somebody else', async () => {
  const cosigner = witnessSigner('w.example');
  await using witness = await witnessOn(folder.path, [own.key], cosigner);
  const { turn, said } = instance([witness.url], [vkey(witnessSigner('w.example'))]);
  await turn();
  expect(said).toEqual([expect.stringContaining('not signed with one of audit-witness-keys')]);
  expect(await shown(cosigner)).toBeUndefined();
});

it('does not start without keys, or with the key of a log', async () => {
  expect(() => instance(['http://127.0.0.1:1'], [])).toThrow('needs audit-witness-keys');
  const wrong = vkey(signer('log'));
  expect(() => instance(['http://127.0.0.1:1'], [wrong])).toThrow('the key of a log');
  const damaged = vkey(witnessSigner('w')).replace(/\+[0-9a-f]{8}\+/, '+00000000+');
  expect(() => instance(['http://127.0.0.1:1'], [damaged])).toThrow(
    'audit-witness-keys: The id of the key of w should be',
  );
});

it('a service with a witness shows its cosignature to everybody, and in its metrics', async () => {
  const cosigner = witnessSigner('w.example');
  const logs: VerifierKey[] = [];
  await using witness = await witnessOn(folder.path, logs, cosigner);
  await using place = await temporaryFolder();
  const service = await startRunning(place.path, {
    ...onSharedMongod(),
    STEWARD_AUDIT_WITNESS_URLS: witness.url,
    STEWARD_AUDIT_WITNESS_KEYS: vkey(cosigner),
  });
  const text = async (path: string) => (await fetch(`${service.url}${path}`)).text();
  const [line = ''] = (await text('/audit/key')).split('\n');
  const key = parseVerifierKey(line);
  logs.push(key);
  const cosignatures = async () => {
    const response = await fetch(`${service.url}/audit/checkpoint`);
    if (response.status !== 200) return [];
    return verifiedCheckpoint(await response.text(), [key, cosigner.key]).cosignatures;
  };
  // The first attempts may come before the witness knows the log.
  await expect.poll(cosignatures).toHaveLength(1);
  await expect
    .poll(() => text('/metrics'))
    .toMatch(new RegExp(`^steward_audit_cosigned_records\\{witness="${witness.url}"\\} [1-9]`, 'm'));
  expect(await service.end('SIGTERM')).toBe(0);
});
