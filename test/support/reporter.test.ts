import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from './running.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const CONFIG = `
import { Reporter } from ${JSON.stringify(join(root, 'test/support/reporter.ts'))};
export default { test: { include: ['*.test.ts'], reporters: [new Reporter()], silent: 'passed-only' } };
`;

/** What vitest prints for these files of tests. */
async function reported(files: Readonly<Record<string, string>>): Promise<{ stdout: string; lines: string[] }> {
  await using folder = await temporaryFolder();
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  await writeFile(join(folder.path, 'vitest.config.ts'), CONFIG);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder.path, name), `import { describe, expect, test, beforeAll } from 'vitest';\n${text}`);
  }
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
  const stdout = await new Promise<string>((resolve) =>
    execFile(process.execPath, [vitest, 'run'], { cwd: folder.path, env }, (_error, out) => resolve(out)),
  );
  return { stdout, lines: stdout.trimEnd().split('\n') };
}

test('the last line counts what passed, failed and was skipped, and what failed outside of a test', async () => {
  const { stdout, lines } = await reported({
    'passing.test.ts': "test('talks', () => console.log('small talk')); test('passes too', () => {});",
    'failing.test.ts':
      "const { skip } = test; test('is wrong', () => expect(1).toBe(2)); skip('is left out', () => {}); test('is right', () => {});",
    'broken.test.ts': "throw new Error('cannot be loaded');",
    'hooks.test.ts':
      "describe('a suite', () => { beforeAll(() => { throw new Error('no'); }); test('is not reached', () => {}); });",
  });
  expect(lines.at(-1)).toBe('3 passed, 3 failed, 2 skipped');
  expect(stdout).toContain('failing.test.ts');
  expect(stdout).toContain('is wrong');
  expect(stdout).not.toContain('passing.test.ts');
  expect(stdout).not.toContain('small talk');
});
