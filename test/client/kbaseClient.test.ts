import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { mintToken } from '../../src/identity/mint.ts';
import { onSharedMongod, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

const SCRIPT = fileURLToPath(new URL('kbaseClient.py', import.meta.url));

it("KBase's Python client can build and print every kind of error", async () => {
  await using folder = await serviceFolder();
  const service = await startRunning(folder.path, onSharedMongod());
  const secret = (await readFile(join(folder.path, 'data', 'signing-key'), 'utf8')).trim();
  const TOKEN = mintToken({ secret, username: 'admin', lifetimeSeconds: 600 });
  const { stdout } = await promisify(execFile)('python3', [SCRIPT], {
    env: { ...process.env, STEWARD_URL: service.url, TOKEN },
  });
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string);
  expect(printed.map((text) => text.split('\n').at(-1))).toEqual([
    'parse_error',
    'parse_error',
    'method_unknown',
    'params_count',
    'params_type',
    'token_missing',
    'token_invalid',
    'command_unknown',
    'user_unknown',
    'workspace_missing',
    'protected_admin',
  ]);
  expect(printed[8]).toBe('JSONRPCError: -32500. User nobody is not a valid user\nuser_unknown');
  expect(await service.end('SIGTERM')).toBe(0);
});
