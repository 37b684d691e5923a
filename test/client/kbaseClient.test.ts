import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startHosted } from '../support/hostedService.ts';

const SCRIPT = fileURLToPath(new URL('kbaseClient.py', import.meta.url));

it("KBase's Python client can build and print every kind of error", async () => {
  const service = await startHosted();
  const { stdout } = await promisify(execFile)('python3', [SCRIPT], {
    env: { ...process.env, STEWARD_URL: service.url, TOKEN: service.tokenOf('admin') },
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
  await service.stop();
});
