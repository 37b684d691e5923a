import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { expect, inject, it, vi } from 'vitest';
import { verifiedCheckpoint } from '../../src/audit/log/checkpoint.ts';
import { parseVerifierKey } from '../../src/audit/log/signedNote.ts';
import { onSharedMongod, startRunning, temporaryFolder } from '../support/running.ts';

it('everybody can read the checkpoints of a running service, which seals its last records when it ends', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'audit-key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const settings = { STEWARD_AUDIT_SIGNING_KEY_FILE: file, STEWARD_AUDIT_ORIGIN: 'steward.example.org/audit' };
  const env: Record<string, string> = { ...onSharedMongod(), ...settings };
  const service = await startRunning(folder.path, env);
  const text = async (path: string) => (await fetch(`${service.url}/${path}`)).text();

  const [line = ''] = (await text('audit/key')).trimEnd().split('\n');
  const key = parseVerifierKey(line);
  expect(key.name).toBe('steward.example.org/audit');
  const sizeNow = async () => {
    const answer = await fetch(`${service.url}/audit/checkpoint`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    return answer.status === 200 ? verifiedCheckpoint(await answer.text(), [key]).size : 0;
  };
  await vi.waitUntil(async () => (await sizeNow()) > 0, { timeout: 120_000, interval: 100 });
  const before = await sizeNow();
  for (const user of ['ann', 'bea', 'cec']) {
    expect((await service.administer('admin', { command: 'addUser', user })).status).toBe(200);
  }
  await vi.waitUntil(async () => (await sizeNow()) >= before + 3, { timeout: 120_000, interval: 100 });
  const metric = async (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await text('metrics'))?.[1]);
  await vi.waitUntil(async () => (await metric('steward_audit_sealed_records')) >= before + 3, { timeout: 120_000 });
  expect(await metric('steward_audit_unsealed_records')).toBe(0);
  expect(await metric('steward_audit_unsealed_seconds')).toBe(0);
  expect(await metric('steward_audit_sealing_errors_total')).toBe(0);
  expect((await fetch(`${service.url}/audit/key`, { method: 'PUT' })).status).toBe(405);

  await service.administer('admin', { command: 'addUser', user: 'dan' });
  expect(await service.end('SIGTERM')).toBe(0);
  const client = await MongoClient.connect(inject('mongoUri'));
  try {
    const db = client.db(env.STEWARD_MONGODB_DATABASE);
    const [{ records } = { records: -1 }] = await db
      .collection('audit')
      .aggregate<{ records: number }>([{ $group: { _id: null, records: { $sum: { $size: '$records' } } } }])
      .toArray();
    expect(await db.collection('auditHead').findOne()).toMatchObject({ size: records });
    // Under a file's name the log never shows the key itself.
    expect(`${service.stdout()}${service.stderr()}`).not.toContain('PRIVATE KEY');
    await db.dropDatabase();
  } finally {
    await client.close();
  }
});
