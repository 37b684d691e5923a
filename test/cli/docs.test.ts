import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../src/base/config/keys.ts';
import { catalogue } from '../../src/base/errors.ts';
import { documents } from '../../src/cli/docs/docs.ts';
import { allCommands, rpcMethods } from '../../src/operations/index.ts';
import { METRICS } from '../../src/server/rpc/metrics.ts';
import { runSteward, temporaryFolder } from '../support/running.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const made = documents(ROOT);

/** The text of the pages whose names begin with this. */
function pages(prefix: string): string {
  const files = Object.keys(made).filter((file) => file.startsWith(`docs/reference/${prefix}`));
  return files.map((file) => made[file]?.shouldBe ?? '').join('\n');
}

const sorted = (names: Iterable<string | undefined>) => [...names].sort();
const found = (text: string, pattern: RegExp) => sorted([...text.matchAll(pattern)].map(([, name]) => name));

describe('the generated pages', () => {
  it.each(Object.keys(made))('%s matches the declarations (npm run docs)', (file) => {
    expect(made[file]?.is).toBe(made[file]?.shouldBe);
  });

  it('have an entry for every command and method, and a row that links to it', () => {
    for (const [list, names] of [
      ['commands', allCommands.map(({ name }) => name)],
      ['methods', rpcMethods.map(({ name }) => name)],
    ] as const) {
      expect(found(pages(`${list}/`), /^## (.+)$/gm)).toEqual(sorted(names));
      const anchors = names.map((name) => name.toLowerCase().replaceAll('.', ''));
      expect(found(pages(`${list}.md`), /\.md#(\w+)\)/g)).toEqual(sorted(anchors));
    }
  });

  it('have every error, key of the configuration and metric', () => {
    const rows = (page: string) => found(pages(page), /^\| `([^`]+)` \|/gm);
    expect(rows('errors.md')).toEqual(sorted(Object.keys(catalogue)));
    expect(rows('configuration.md')).toEqual(sorted(KEYS));
    expect(rows('metrics.md')).toEqual(sorted(Object.values(METRICS).map(({ name }) => name)));
  });

  it('are only compared with --check, replace stale pages, and need a checkout', async () => {
    await using folder = await temporaryFolder();
    const none = await runSteward(['docs'], folder.path);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('run it in a checkout') });

    await mkdir(join(folder.path, 'docs'));
    await cp(join(ROOT, 'docs'), join(folder.path, 'docs'), { recursive: true });
    const page = join(folder.path, 'docs/reference/configuration.md');
    const good = readFileSync(page, 'utf8');
    await writeFile(page, good.replace(/^\| `port`.*$/m, '| `port` | stale |'));
    await writeFile(join(folder.path, 'docs/reference/commands/gone.md'), 'a subject that there is no more');
    const stale = await runSteward(['docs', '--check'], folder.path);
    expect(stale).toMatchObject({ code: 2, stderr: expect.stringContaining('docs/reference/configuration.md') });
    expect(stale.stderr).toContain('docs/reference/commands/gone.md');
    const written = await runSteward(['docs'], folder.path);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(page, 'utf8')).toBe(good);
    expect(Object.values(documents(folder.path)).filter(({ is, shouldBe }) => is !== shouldBe)).toEqual([]);
  });
});
