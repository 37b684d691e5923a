import { describe, expect, it } from 'vitest';
import { serviceFolder } from '../support/service.ts';
import type { Page } from './pages.ts';
import { matches } from './placeholders.ts';
import { runPage } from './run.ts';
import { openShell } from './shell.ts';

const ID = '0b6e9420-f33c-4c5a-80a5-47261654b63d';
const OTHER = '87aabd3f-dace-46fc-8a65-5c719b1c696f';

function page(...blocks: readonly string[]): Page {
  return { file: 'page.md', text: blocks.map((block) => `\`\`\`${block}\n\`\`\`\n`).join('\nText.\n\n') };
}

describe('a printed output', () => {
  it('is compared to the letter, except for placeholders and the width of columns', () => {
    expect(matches('user  ann\n', 'user  ann\n', new Map())).toBe(true);
    expect(matches('user  ann\n', 'user  bob\n', new Map())).toBe(false);
    expect(matches('user  ann\n', 'user       ann\n', new Map())).toBe(true);
    expect(matches('id ‹id›\n', `id ${ID}\n`, new Map())).toBe(true);
    expect(matches('id ‹id›\n', 'id none\n', new Map())).toBe(false);
    expect(matches('id ‹id›\n', `id ${ID}\nand more\n`, new Map())).toBe(false);
    expect(matches('a.b\n', 'axb\n', new Map())).toBe(false);
  });

  it('has one value for a named placeholder, wherever it stands', () => {
    const named = new Map<string, string>();
    expect(matches('‹id of ann› ‹id of ann›', `${ID} ${OTHER}`, named)).toBe(false);
    expect(matches('‹id of ann› ‹id of bob›', `${ID} ${OTHER}`, named)).toBe(true);
    expect(matches('‹id of ann›', OTHER, named)).toBe(false);
    expect(matches('‹id of ann›', ID, named)).toBe(true);
  });
});

describe('the runner of the pages', () => {
  it('finds what a page prints wrongly, and what nobody knows how to run', async () => {
    await using folder = await serviceFolder();
    const shell = await openShell(folder.path, false);
    const house = { folder: folder.path, shell };
    const good = page(
      'console\n$ WHAT=more; echo one\none\n$ echo "two\n> $WHAT" 1>&2\ntwo\nmore',
      'ini title="a.cfg"\nx = 1',
      'console\n$ cat a.cfg; echo "status $?"\nx = 1\nstatus 0',
      'python\nprint(1)',
      'text\n1',
      'diagram\n--▶',
    );
    expect(await runPage(good, house)).toEqual([]);
    const bad = page('console\n$ echo one\ntwo', 'python\nprint(1)', 'text\n2', 'python\nprint(1)', 'ini\n[x]');
    const found = await runPage(bad, house);
    expect(found.map(({ printed }) => printed)).toEqual(['two\n', '2\n', 'print(1)\n', '[x]\n']);
    await shell.close();
  });
});

describe.each([false, true])('the command line of the pages, with a process for each call: %s', (processes) => {
  it('is on a terminal where it is told to be, unless its output goes elsewhere', async () => {
    await using folder = await serviceFolder();
    const shell = await openShell(folder.path, processes);
    const list = 'npx steward config list';
    const isBold = (output: string) => output.includes('\u001b[1m');
    expect(isBold(await shell.run(list))).toBe(false);
    const shown = await shell.onTerminal(async () => [await shell.run(list), await shell.run(`${list} | cat`)]);
    expect(shown.map(isBold)).toEqual([true, false]);
    await shell.close();
  });
});
