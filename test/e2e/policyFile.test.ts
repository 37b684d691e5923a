import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onSharedMongod, type Running, runWarm, startRunning, temporaryFolder } from '../support/running.ts';

/* The policy file of the service as it runs. */

const DENY = 'rules: [{name: no-locks, who: [anybody], commands: [lockWorkspace], deny: true}]\n';
const WITHIN = { timeout: 60_000 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
let service: Running;

beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'policy.yaml');
  await writeFile(file, DENY);
  service = await startRunning(folder.path, { ...onSharedMongod(), STEWARD_POLICY_FILE: file });
});
afterAll(async () => {
  await service.end('SIGTERM');
  await folder[Symbol.asyncDispose]();
});

const lock = async () =>
  (await service.administer('admin', { command: 'lockWorkspace', params: { id: 1 } })).error?.data;
const text = async (path: string) => (await fetch(`${service.url}/${path}`)).text();

it('is enforced from the first call, and again when it changes, at once on SIGHUP', async () => {
  expect(await lock()).toBe('policy_denied');
  await writeFile(file, 'rules: []\n');
  await expect.poll(lock, WITHIN).toBe('workspace_missing');
  await writeFile(file, DENY);
  service.process.kill('SIGHUP');
  await expect.poll(lock, WITHIN).toBe('policy_denied');
});

it('that is bad leaves the old one, and is named by readiness, metrics and the log', async () => {
  expect(JSON.parse(await text('readyz'))).toEqual({ status: 'ready' });
  expect(await text('metrics')).toMatch(/^steward_policy_trouble 0$/m);
  await writeFile(file, 'rules: [{}]\n');
  await expect.poll(() => text('readyz'), WITHIN).toContain('"policy":"refused"');
  expect(await text('metrics')).toMatch(/^steward_policy_trouble 1$/m);
  expect(service.stderr() + service.stdout()).toContain('policy.yaml:1:9: rules[0] lacks the key name');
  expect(await lock()).toBe('policy_denied');
  await writeFile(file, DENY);
  await expect.poll(() => text('readyz'), WITHIN).not.toContain('policy');
});

it('that is bad or missing when the service starts stops it, with the reason', async () => {
  for (const [name, said] of [
    ['missing.yaml', /policy-file: .*missing\.yaml cannot be read: ENOENT/],
    ['bad.yaml', /bad\.yaml:1:1: rules must be an array/],
  ] as const) {
    await writeFile(join(folder.path, 'bad.yaml'), 'rules: 1\n');
    const env = { ...onSharedMongod(), STEWARD_POLICY_FILE: join(folder.path, name) };
    const { code, stderr } = await runWarm(['serve'], folder.path, { STEWARD_PORT: '0', ...env });
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
  }
});
