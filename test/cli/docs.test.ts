import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documents } from '../../src/cli/docs/docs.ts';
import { reference } from '../../src/cli/docs/reference.ts';
import { allCommands, rpcMethods } from '../../src/operations/index.ts';
import { runSteward, temporaryFolder } from '../support/running.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const made = documents(ROOT);

describe('what is made of the declarations', () => {
  it.each(Object.keys(made))('%s is what they say now: npm run docs', (file) => {
    expect(made[file]?.is).toBe(made[file]?.shouldBe);
  });

  it('shows every command and method, where the README leads to', () => {
    const headings = [...reference().matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual([...allCommands, ...rpcMethods].map(({ name }) => name));
    const links = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/REFERENCE\.md#(\w+)\)/g)].map(
      ([, a]) => a,
    );
    expect(links).toEqual(allCommands.map(({ name }) => name.toLowerCase()));
  });

  it('is only compared when asked, and needs a checkout', async () => {
    await using folder = await temporaryFolder();
    const none = await runSteward(['docs'], folder.path);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('run it in a checkout') });
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8').replace(/^\| `port`.*$/m, '| `port` | stale |');
    await writeFile(join(folder.path, 'README.md'), readme);
    const stale = await runSteward(['docs', '--check'], folder.path);
    expect(stale).toMatchObject({ code: 2, stderr: expect.stringContaining('README.md, src/operations/REFERENCE.md') });
  });
});
