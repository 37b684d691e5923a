import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformWithOxc } from 'vite';
import { NOT_RUN } from './notRun.ts';
import { type Block, blocksOf, type Page, ROOT } from './pages.ts';
import { matches, type Named, withPlaceholders } from './placeholders.ts';
import type { Shell } from './shell.ts';
import { checkByTool } from './tools.ts';

/** What a block printed where it should have printed something else. */
export interface Difference {
  readonly where: string;
  readonly printed: string;
  readonly output: string;
}

export interface House {
  readonly folder: string;
  readonly shell: Shell;
}

/** How a program of a language is run. */
const PROGRAMS: Readonly<Record<string, (file: string) => string>> = {
  js: (file) => `node ${file}`,
  python: (file) => `python3 ${file}`,
  ts: (file) => `node ${file}`,
};
const EXTENSIONS: Readonly<Record<string, string>> = { js: 'mjs', python: 'py', ts: 'mjs' };

/**
 * Runs the blocks of a page one after the other, and compares what they print.
 *
 * - `console`: each line after `$ ` is a command, which goes on in lines after `> `; what follows is its output.
 * - `js`, `python`, `ts`: a program; the block `text` after it is its output. With a title, it is saved and run under that
 *   name, so that it can import what is installed beside it.
 * - any other block with a title is saved under that name, and checked by the program that reads it (tools.ts).
 * - `diagram` is a picture; NOT_RUN lists what else is not run.
 *
 * @returns what differs; with `write`, nothing, and the page is rewritten with the outputs as they are
 */
export async function runPage(page: Page, house: House, { write = false } = {}): Promise<Difference[]> {
  const named: Named = new Map();
  const differences: Difference[] = [];
  const rewritten: { block: Block; text: string }[] = [];
  const blocks = blocksOf(page);
  for (const [n, block] of blocks.entries()) {
    const where = `${block.file}:${block.line}`;
    const before = blocks[n - 1];
    if (block.language === 'console') {
      let text = '';
      for (const { command, source, printed } of commandsOf(block.text)) {
        const output = ended(await house.shell.run(command));
        const good = matches(printed, output, named);
        if (!good) differences.push({ where: `${where}: ${command}`, printed, output });
        text += source + (good ? printed : withPlaceholders(output, named));
      }
      if (text !== block.text) rewritten.push({ block, text });
    } else if (block.language === 'text' && before !== undefined && before.language in PROGRAMS) {
      const output = await runProgram(before, n, house);
      if (!matches(block.text, output, named)) {
        differences.push({ where, printed: block.text, output });
        rewritten.push({ block, text: withPlaceholders(output, named) });
      }
    } else if (block.title !== undefined && !(block.language in PROGRAMS)) {
      await writeFile(join(house.folder, block.title), house.shell.withAddress(block.text));
      const complaint = await checkByTool(block.title, block.text, house.folder);
      if (complaint !== undefined) differences.push({ where, printed: block.text, output: complaint });
    } else if (!isUnderstood(block, blocks[n + 1])) {
      differences.push({ where, printed: block.text, output: `nobody knows how to run a block of ${block.language}` });
    }
  }
  if (!write) return differences;
  const text = rewritten.reduceRight(
    (all, { block, text }) => all.slice(0, block.start) + text + all.slice(block.start + block.text.length),
    page.text,
  );
  writeFileSync(join(ROOT, page.file), text);
  return [];
}

/** True for what is run with the block after it, for pictures, and for what NOT_RUN lists. */
function isUnderstood(block: Block, next: Block | undefined): boolean {
  if (block.language in PROGRAMS) return next?.language === 'text';
  return block.language === 'diagram' || NOT_RUN.some(({ of }) => of(block));
}

interface Command {
  readonly command: string;
  /** As it is printed, with its prompts. */
  readonly source: string;
  readonly printed: string;
}

function commandsOf(text: string): Command[] {
  return [...text.matchAll(/^(\$ .*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)/gm)].map(([, source = '', printed = '']) => ({
    command: source.replace(/^[$>] /gm, '').trimEnd(),
    source,
    printed,
  }));
}

/** A terminal goes on in a new line where the output did not end its last one. */
const ended = (output: string) => (output === '' || output.endsWith('\n') ? output : `${output}\n`);

async function runProgram({ language, title, text }: Block, n: number, { folder, shell }: House): Promise<string> {
  const file = `${title?.replace(/\.\w+$/, '') ?? `block-${n}`}.${EXTENSIONS[language]}`;
  const program = shell.withAddress(text);
  // Node.js 20 does not run TypeScript.
  await writeFile(
    join(folder, file),
    language === 'ts' ? (await transformWithOxc(program, 'program.ts')).code : program,
  );
  return shell.run(PROGRAMS[language]?.(file) ?? '');
}
