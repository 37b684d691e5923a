import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { loadConfig } from '../../src/base/config/load.ts';
import { createLogger } from '../../src/base/log.ts';
import { startService } from '../../src/server/service.ts';

const REPLAY = fileURLToPath(new URL('replay.mjs', import.meta.url));
export const SECOND = fileURLToPath(new URL('kbase-exchanges-2.json', import.meta.url));

/** The roles of administrators in tokens, of the second phase of the first recording. */
export const ROLES = {
  STEWARD_AUTH2_WS_ADMIN_FULL_ROLES: 'WS_FULL_ADMIN',
  STEWARD_AUTH2_WS_ADMIN_READ_ONLY_ROLES: 'WS_READ_ADMIN',
};

/** Replays against the service at this URL, with tokens signed with the secret in the file; what the replay printed. */
export function replay(url: string, secretFile: string, args: readonly string[], env = {}): Promise<string> {
  const command = [REPLAY, '--url', url, '--secret-file', secretFile, '--verbose', ...args];
  const options = { maxBuffer: 1e8, env: { ...process.env, ...env } };
  return new Promise((resolve) => execFile('node', command, options, (_, stdout) => resolve(stdout)));
}

/** Replays recorded conversations, whose tokens it signs with a secret of its own. */
export class Replays implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Replays> {
    const replays = new Replays(await mkdtemp(join(tmpdir(), 'steward-conformance-')));
    await writeFile(replays.#secretFile, randomUUID() + randomUUID());
    return replays;
  }

  /** The settings of a service that knows the people of the conversations. */
  get settings(): Readonly<Record<string, string>> {
    return { STEWARD_AUTH_JWT_SECRET_FILE: this.#secretFile, STEWARD_WS_ADMIN: 'wsadmin' };
  }

  /** Replays against a service that is started on this database, and gives back what the replay printed. */
  async replay(database: string, settings: Record<string, string>, args: readonly string[]): Promise<string> {
    const env = {
      ...this.settings,
      STEWARD_MONGODB_HOST: inject('mongoUri'),
      STEWARD_MONGODB_DATABASE: database,
      STEWARD_PORT: '0',
      STEWARD_LOG_LEVEL: 'error',
      ...settings,
    };
    const service = await startService(loadConfig({ env }), createLogger({ level: 'error' }));
    try {
      return await replay(service.url, this.#secretFile, args);
    } finally {
      await service.stop();
    }
  }

  get #secretFile(): string {
    return join(this.#folder, 'secret');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
