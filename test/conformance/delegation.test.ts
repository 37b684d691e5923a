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
import type { Service } from '../../src/server/composition.ts';
import { startService } from '../../src/server/service.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const databases = ['types', 'objects'].map((name) => `delegation_${name}_${randomUUID().replaceAll('-', '')}`);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-delegation-'));
  await writeFile(join(folder, 'secret'), randomUUID() + randomUUID());
});

afterAll(async () => {
  const client = await MongoClient.connect(inject('mongoUri'));
  for (const database of databases) await client.db(database).dropDatabase();
  await client.close();
  await rm(folder, { recursive: true });
});

function start(database: string | undefined, settings: Record<string, string> = {}): Promise<Service> {
  const env = {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: database ?? '',
    STEWARD_AUTH_JWT_SECRET_FILE: join(folder, 'secret'),
    STEWARD_WS_ADMIN: 'wsadmin',
    STEWARD_PORT: '0',
    STEWARD_LOG_LEVEL: 'error',
    ...settings,
  };
  return startService(loadConfig({ env }), createLogger({ level: 'error' }));
}

describe('a recorded conversation with a KBase Workspace Service that delegates its types to another', () => {
  it('goes the same way here', async () => {
    const types = await start(databases[0]);
    const objects = await start(databases[1], { STEWARD_TYPE_DELEGATION_TARGET: types.url });
    const phase = ['--file', here('kbase-exchanges-2.json'), '--phase', 'D', '--also-url', types.url];
    const options = ['--url', objects.url, '--secret-file', join(folder, 'secret'), '--verbose', ...phase];
    try {
      const printed = await new Promise<string>((resolve) =>
        execFile('node', [here('replay.mjs'), ...options], { maxBuffer: 1e8 }, (_, stdout) => resolve(stdout)),
      );
      expect(printed, printed).toMatch(/^33 passed, 0 failed, \d+ skipped$/m);
    } finally {
      await objects.stop();
      await types.stop();
    }
  });
});
