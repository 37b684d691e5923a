import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { catalogue } from '../../src/base/errors.ts';
import { typesOf } from '../../src/domain/resources/types.ts';
import { createMetrics, METRICS } from '../../src/server/rpc/metrics.ts';
import { scratchFixture } from '../store/migrations/scratch.ts';
import { screenOf, textOnScreen } from '../support/screen.ts';
import { serviceFolder } from '../support/service.ts';
import { allPages, anchorsOf, blocksOf, linksOf, type Page, pagesInOrder, ROOT } from './pages.ts';
import { kinds } from './placeholders.ts';
import { type Difference, type House, runPage } from './run.ts';
import { openShell, type Shell } from './shell.ts';

/** What the test reads of a dashboard of Grafana. */
interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

const pages = pagesInOrder();
/** With it, pages get the outputs that their blocks have now: look at the difference before it is committed. */
const write = process.env.DOCS_WRITE !== undefined;
/** What pip says where it can ask no package index for what builds the Python client. */
const NO_INDEX = 'No matching distribution found for hatchling';
const long = process.env.STEWARD_TEST_LONG !== undefined;

/** A safety net: a page runs a hundred programs, one after the other, and the machine may have other work. */
const PAGE_MS = 1_800_000;

describe('the pages, in the order of the index and in one house', () => {
  let folder: Awaited<ReturnType<typeof serviceFolder>>;
  let shell: Shell | undefined;
  /** What the page on a terminal leaves on it, a screen for each command. */
  const screens: string[] = [];
  beforeAll(async () => {
    folder = await serviceFolder();
    shell = await openShell(folder.path, long);
  });
  afterAll(async () => {
    await shell?.close();
    await folder[Symbol.asyncDispose]();
  });

  it.for(pages)('$file prints what its blocks do', { timeout: PAGE_MS }, async (page, { skip }) => {
    if (shell === undefined) throw new Error('there is no shell');
    const onScreen = (screen: string) => screens.push(screen);
    const differences = await runInHouse(page, { folder: folder.path, shell }, { write, onScreen });
    if (differences.some(({ output }) => output.includes(NO_INDEX))) {
      // Not through the console, of which only failed tests are shown.
      process.stderr.write(
        `SKIPPED: ${page.file} is not checked: it installs a package, and there is no package index\n`,
      );
      skip('no package index');
    }
    expect(differences).toEqual([]);
    if (isOnTerminal(page)) await expect(screens.join('\n')).toMatchFileSnapshot('screens/recipes.txt');
  });
});

describe.runIf(long)('a page, right after the README', () => {
  const others = pages.filter(
    (page) => page.file !== 'README.md' && blocksOf(page).some((b) => b.language === 'console'),
  );

  it.each(others)('$file needs no other page', async (page) => {
    await using folder = await serviceFolder();
    const shell = await openShell(folder.path, false);
    for (const each of [...pages.slice(0, 1), page]) {
      expect(await runInHouse(each, { folder: folder.path, shell })).toEqual([]);
    }
    await shell.close();
  });
});

/** Whether the page shows what the command line prints on a terminal of 80 columns, not what programs get. */
const isOnTerminal = ({ file }: Page) => file === 'docs/recipes.md';

interface RunOptions {
  readonly write?: boolean;
  /** Is told what each command of a page on a terminal leaves on it. */
  readonly onScreen?: (screen: string) => void;
}

/** Runs a page; that about upgrades has a database that needs one. */
async function runInHouse(page: Page, house: House, options: RunOptions = {}): Promise<Difference[]> {
  if (isOnTerminal(page)) return runOnTerminal(page, house, options);
  if (page.file !== 'docs/upgrading.md') return runPage(page, house, options);
  await using old = await scratchFixture();
  const { run } = house.shell;
  await run(`export STEWARD_MONGODB_HOST='${inject('mongoUri')}' STEWARD_MONGODB_DATABASE=${old.name}`);
  const shell = {
    ...house.shell,
    run: async (command: string) => (await run(command)).replaceAll(old.name, 'steward'),
  };
  const differences = await runPage(page, { ...house, shell }, options);
  await run('unset STEWARD_MONGODB_HOST STEWARD_MONGODB_DATABASE');
  return differences;
}

async function runOnTerminal(page: Page, house: House, { write, onScreen }: RunOptions): Promise<Difference[]> {
  const { run, onTerminal } = house.shell;
  const shell = {
    ...house.shell,
    run: async (command: string) => {
      const shown = await run(command);
      onScreen?.(await screenOf(`$ ${command.replaceAll('\n', '\n> ')}\n${shown}`));
      return textOnScreen(shown);
    },
  };
  return onTerminal(() => runPage(page, { ...house, shell }, { write }));
}

describe('the documentation', () => {
  const all = allPages();
  const byFile = new Map(all.map((page) => [page.file, page]));

  it('is in the index, every page of it', () => {
    const reached = new Set(pages.map(({ file }) => file));
    // The pages of commands and methods are in the lists of these.
    for (const page of pages.filter(({ file }) => file.startsWith('docs/reference/'))) {
      for (const { path } of linksOf(page)) reached.add(path);
    }
    expect(all.map(({ file }) => file).filter((file) => !reached.has(file))).toEqual([]);
  });

  it.each(all)('$file links to files and headings that exist', (page) => {
    for (const { path, anchor } of linksOf(page)) {
      const target = byFile.get(path);
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      if (target !== undefined && anchor !== undefined)
        expect(anchorsOf(target), `${path}#${anchor}`).toContain(anchor);
    }
  });

  it('has a README of at most 180 lines', () => {
    expect(byFile.get('README.md')?.text.trimEnd().split('\n').length).toBeLessThanOrEqual(180);
  });

  it('lists the types of resources as their table has them', () => {
    const rows = [...(byFile.get('docs/data.md')?.text ?? '').matchAll(/^\| \[[^\]]+\]\(systems\/[^|]+\| (.*) \|$/gm)];
    const listed = rows.map(([, types = '']) => [...types.matchAll(/`(\w+)`/g)].map(([, type]) => type));
    expect(listed).toEqual((['kbase', 'oracle', 'iiif', 'imageArtist', 'gnode'] as const).map(typesOf));
  });

  const metrics: readonly string[] = Object.values(METRICS).map(({ name }) => name);
  const withoutBucket = (name: string) => name.replace(/_bucket$/, '');

  it('names no metric that there is not', () => {
    const named = all.flatMap(({ text }) => text.match(/\bsteward_[a-z_]+/g) ?? []);
    expect(named.map(withoutBucket).filter((name) => !metrics.includes(name))).toEqual([]);
  });

  it('explains every metric, and has all of them in the dashboard, which names no other', async () => {
    const explained = byFile.get('docs/operating/monitoring.md')?.text ?? '';
    expect(metrics.filter((name) => !explained.includes(`\`${name}\``))).toEqual([]);
    const { panels } = JSON.parse(readFileSync(join(ROOT, 'docs/operating/grafana.json'), 'utf8')) as Dashboard;
    const asked = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/\b[a-z_]+(?=\{)/g) ?? []));
    expect(metrics.filter((name) => !asked.map(withoutBucket).includes(name))).toEqual([]);
    const offered = await createMetrics().text();
    expect(
      asked.map(withoutBucket).filter((name) => !offered.includes(`# TYPE ${name} `) && !metrics.includes(name)),
    ).toEqual([]);
  });

  it('says what to do about errors that there are', () => {
    const rows = [...(byFile.get('docs/operating/troubleshooting.md')?.text ?? '').matchAll(/^\| `(\w+)` \|/gm)];
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.map(([, reason = '']) => reason).filter((reason) => !Object.hasOwn(catalogue, reason))).toEqual([]);
  });

  it('explains every placeholder in its index', () => {
    const index = byFile.get('docs/README.md')?.text ?? '';
    expect([...index.matchAll(/^\| `‹([^›]+)›` \|/gm)].map(([, kind]) => kind)).toEqual(kinds);
    const used = all.flatMap(({ text }) =>
      [...text.matchAll(/‹([a-z0-9 ]+?)(?: of [^›]+)?›/g)].map(([, kind]) => kind),
    );
    expect(kinds.filter((kind) => !used.includes(kind))).toEqual([]);
  });
});
