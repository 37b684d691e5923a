import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entries, exportOf, ORIGIN, signer, writeExport } from '../audit/log/generatedLog.ts';
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

/** The rooms of which no command line needs anything. */
const ROOMS = ['operations', 'domain', 'gate', 'store'];

/** The bundle names each module that a file of it holds, in a line before it. */
const MODULE = /^\/\/ (?:\S*\/)?(?:node_modules\/((?:@[^/\s]+\/)?[^/\s]+)|src\/(\w+))\/\S+$/gm;

/** The packages, and the rooms, from which a command line loads something. */
async function loadedBy(words: readonly string[], env: Record<string, string> = {}): Promise<ReadonlySet<string>> {
  await using folder = await temporaryFolder();
  const coverage = join(folder.path, 'coverage');
  const ended = await runSteward(words, folder.path, { NODE_V8_COVERAGE: coverage, ...env });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const loaded = new Set<string>();
  for (const file of await readdir(coverage)) {
    const { result } = JSON.parse(await readFile(join(coverage, file), 'utf8')) as { result: { url: string }[] };
    for (const { url } of result.filter(({ url }) => url.startsWith('file:'))) {
      // Nothing is loaded from outside of the bundle.
      expect(url).toMatch(/\/dist\/(main|bundle\/[^/]+)\.js$/);
      for (const [, name, room] of (await readFile(new URL(url), 'utf8')).matchAll(MODULE))
        loaded.add(name ?? room ?? '');
    }
  }
  // The list must not be empty, or the test would pass without measuring anything.
  for (const name of ['commander', 'cli']) expect(loaded).toContain(name);
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
  for (const name of [...HEAVY, ...ROOMS]) expect(loaded).not.toContain(name);
});

it('a command is sent without loading what only a service needs', async () => {
  await using server = await startLoopback((_, response) => {
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: ['admin'] }));
  });
  const env = { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' };
  const loaded = await loadedBy(['sudo', 'listAdmins'], env);
  for (const name of [...HEAVY, ...ROOMS]) expect(loaded).not.toContain(name);
});

it('an export is verified without loading what only a service needs', async () => {
  await using folder = await temporaryFolder();
  await writeExport(join(folder.path, 'export'), exportOf(entries(3), signer(ORIGIN)));
  const loaded = await loadedBy(['audit', 'verify', join(folder.path, 'export')]);
  expect(loaded).toContain('audit');
  for (const name of [...HEAVY, ...ROOMS]) expect(loaded).not.toContain(name);
});
