import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startLoopback } from '../support/loopback.ts';
import { runSteward, temporaryFolder } from '../support/running.ts';

/** What only a service needs. */
const HEAVY = [
  'ajv',
  'mongodb',
  'mongodb-memory-server',
  'jayson',
  'winston',
  'chevrotain',
  'prom-client',
  'nodemailer',
];

/** The packages, and the folders of dist, from which a command line loads something. */
async function loadedBy(words: readonly string[], env: Record<string, string> = {}): Promise<ReadonlySet<string>> {
  await using folder = await temporaryFolder();
  const coverage = join(folder.path, 'coverage');
  const ended = await runSteward(words, folder.path, { NODE_V8_COVERAGE: coverage, ...env });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const loaded = new Set<string>();
  for (const file of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, file), 'utf8')) as { result: { url: string }[] };
    for (const { url } of result) {
      const name =
        /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(url)?.[1] ?? /\/dist\/(\w+)\//.exec(url)?.[1];
      if (name !== undefined) loaded.add(name);
    }
  }
  // The list must not be empty, or the test would pass without measuring anything.
  expect(loaded).toContain('commander');
  return loaded;
}

it.each([
  ['--version'],
  ['help'],
  ['sudo', '--help'],
  ['sudo', 'addAdmin', '--help'],
  ['audit', '--help'],
  ['completion', 'bash'],
])('%s %s runs without loading what only a service needs', async (...words) => {
  const loaded = await loadedBy(words.filter((word) => word !== undefined));
  for (const name of [...HEAVY, 'commands', 'schemas', 'store']) expect(loaded).not.toContain(name);
});

it('a command is sent without loading what only a service needs', async () => {
  await using server = await startLoopback((_, response) => {
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: ['admin'] }));
  });
  const env = { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' };
  const loaded = await loadedBy(['sudo', 'listAdmins'], env);
  for (const name of [...HEAVY, 'commands', 'schemas', 'store']) expect(loaded).not.toContain(name);
});
