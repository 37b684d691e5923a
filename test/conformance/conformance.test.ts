import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadConfig } from '../../src/base/config/load.ts';
import { createLogger } from '../../src/base/log.ts';
import { startService } from '../../src/server/service.ts';

const REPLAY = fileURLToPath(new URL('replay.mjs', import.meta.url));
const SECOND = fileURLToPath(new URL('kbase-exchanges-2.json', import.meta.url));
const name = () => `conformance_${randomUUID().replaceAll('-', '')}`;
const databases = { first: name(), second: name() };
let folder = '';
let secretFile = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-conformance-'));
  secretFile = join(folder, 'secret');
  await writeFile(secretFile, randomUUID() + randomUUID());
});

afterAll(async () => {
  const client = await MongoClient.connect(inject('mongoUri'));
  for (const database of Object.values(databases)) await client.db(database).dropDatabase();
  await client.close();
  await rm(folder, { recursive: true });
});

/** Replays against a service started with these settings, and gives back what the replay printed. */
async function replay(database: string, settings: Record<string, string>, args: readonly string[]): Promise<string> {
  const env = {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: database,
    STEWARD_AUTH_JWT_SECRET_FILE: secretFile,
    STEWARD_WS_ADMIN: 'wsadmin',
    STEWARD_PORT: '0',
    STEWARD_LOG_LEVEL: 'error',
    ...settings,
  };
  const service = await startService(loadConfig({ env }), createLogger({ level: 'error' }));
  try {
    const command = [REPLAY, '--url', service.url, '--secret-file', secretFile, '--verbose', ...args];
    return await new Promise((resolve) =>
      execFile('node', command, { maxBuffer: 1e8 }, (_, stdout) => resolve(stdout)),
    );
  } finally {
    await service.stop();
  }
}

describe('a recorded conversation with the KBase Workspace Service', () => {
  it('goes the same way here, and after a restart with roles from the token', async () => {
    const first = await replay(databases.first, {}, []);
    expect(first, first).toMatch(/^399 passed, 0 failed, \d+ skipped$/m);

    const roles = {
      STEWARD_AUTH2_WS_ADMIN_FULL_ROLES: 'WS_FULL_ADMIN',
      STEWARD_AUTH2_WS_ADMIN_READ_ONLY_ROLES: 'WS_READ_ADMIN',
    };
    const second = await replay(databases.first, roles, ['--phase', 'B']);
    expect(second, second).toMatch(/^24 passed, 0 failed, \d+ skipped$/m);
  });

  it('goes the same way a second time, with other calls', async () => {
    const printed = await replay(databases.second, {}, ['--file', SECOND, '--phase', 'A']);
    expect(printed, printed).toMatch(/^470 passed, 0 failed, \d+ skipped$/m);
  });
});
