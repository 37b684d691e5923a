import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LONG } from './support/long.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A checkout with the real scripts and compiler, and few sources, once built; each test has a copy. */
let built: string;
let checkout: string;

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'steward-build-'));
  checkout = join(built, 'checkout');
  await mkdir(checkout);
  for (const file of ['.scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    await cp(join(ROOT, file), join(checkout, file), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  await mkdir(join(checkout, 'src', 'cli'), { recursive: true });
  await mkdir(join(checkout, 'schemas'));
  await source('main.ts', "import { WORD } from './word.ts';\n\nconsole.log('says', WORD);\n");
  await source('word.ts', "export const WORD = 'one';\n");
  await source('gone.ts', 'export const gone = true;\n');
  await source('cli/listAll.ts', "import { WORD } from '../word.ts';\n\nexport const listAll = () => [WORD];\n");
  await build();
});
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'steward-build-'));
  await cp(join(built, 'checkout'), checkout, { recursive: true });
});
afterEach(() => remove(checkout));
afterAll(() => remove(built));

const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 20 });

const source = (path: string, text: string) => writeFile(join(checkout, 'src', path), text);
const dist = (path: string) => join(checkout, 'dist', path);

async function run(program: string, args: readonly string[]) {
  const child = spawn(program, args, { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

const build = () => run(process.execPath, ['.scripts/build.mjs']);
/** What `npm start` does, without npm. */
async function start() {
  const { code, output } = await build();
  return code === 0 ? run(process.execPath, ['dist/main.js', 'serve']) : { code, output };
}
/** Every build writes this anew. */
const builtAt = async () => (await stat(dist('build.json'))).ino;

describe('npm start', () => {
  it.runIf(LONG)('builds first, and not again as long as the sources are the same', async () => {
    await remove(join(checkout, 'dist'));
    expect(await run('npm', ['--silent', 'start'])).toEqual({ code: 0, output: 'says one\n' });
    const before = await builtAt();
    expect(await run('npm', ['--silent', 'start'])).toEqual({ code: 0, output: 'says one\n' });
    expect(await builtAt()).toBe(before);
    expect(JSON.parse(await readFile(dist('cli/commands.json'), 'utf8'))).toEqual(['one']);
  });

  it('serves what changed, even where neither size nor time of the file tells of it', async () => {
    const { atime, mtime } = await stat(join(checkout, 'src', 'word.ts'));
    await source('word.ts', "export const WORD = 'two';\n");
    await utimes(join(checkout, 'src', 'word.ts'), atime, mtime);
    expect(await start()).toEqual({ code: 0, output: 'says two\n' });
    expect(JSON.parse(await readFile(dist('cli/commands.json'), 'utf8'))).toEqual(['two']);
    if (!LONG) return;
    await source('word.ts', "export const WORD = 'one';\n");
    expect(await start()).toEqual({ code: 0, output: 'says one\n' });
  });

  it.runIf(LONG)('starts nothing where the sources do not compile, and the next one builds them', async () => {
    await source('word.ts', "export const WORD: number = 'two';\n");
    const { code, output } = await run('npm', ['--silent', 'start']);
    expect(code).not.toBe(0);
    expect(output).toContain('word.ts');
    expect(output).not.toContain('says');
    await source('word.ts', "export const WORD = 'three';\n");
    expect(await start()).toEqual({ code: 0, output: 'says three\n' });
  });
});

describe('a build', () => {
  const damages: readonly (readonly [what: string, damage: () => Promise<void>])[] = [
    ['dist is gone', () => rm(join(checkout, 'dist'), { recursive: true })],
    ['a file of it is gone', () => rm(dist('word.js'))],
    ['a file of it is cut short', () => truncate(dist('word.js'), 5)],
    ['nothing says what it was made of', () => rm(dist('build.json'))],
    ['what says so is cut short', () => truncate(dist('build.json'), 20)],
    ['the list of commands is gone', () => rm(dist('cli/commands.json'))],
  ];
  it.runIf(LONG).each(damages)('is made anew where %s', async (_, damage) => {
    await damage();
    expect(await start()).toEqual({ code: 0, output: 'says one\n' });
    expect(JSON.parse(await readFile(dist('cli/commands.json'), 'utf8'))).toEqual(['one']);
  });

  it.runIf(LONG)('depends on the schemas too', async () => {
    const before = await builtAt();
    await writeFile(join(checkout, 'schemas', 'new.json'), '{}');
    await build();
    expect(await builtAt()).not.toBe(before);
  });

  it.runIf(LONG)('leaves nothing of a source that is gone', async () => {
    expect(await readdir(join(checkout, 'dist'))).toContain('gone.js');
    await rm(join(checkout, 'src', 'gone.ts'));
    await build();
    expect((await readdir(join(checkout, 'dist'))).filter((name) => name.startsWith('gone'))).toEqual([]);
  });

  it.runIf(LONG)('that is killed leaves what was there before, and the next one is whole', async () => {
    await source('word.ts', "export const WORD = 'two';\n");
    for (let n = 0; n < 3; n += 1) {
      const child = spawn(process.execPath, ['.scripts/build.mjs'], { cwd: checkout, stdio: 'ignore' });
      await appears(/^dist\.\d+$/, child);
      child.kill('SIGKILL');
      await once(child, 'exit');
      if (child.signalCode === 'SIGKILL')
        expect((await run(process.execPath, ['dist/main.js'])).output).toMatch(/^says /);
    }
    expect(await start()).toEqual({ code: 0, output: 'says two\n' });
    expect((await readdir(checkout)).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  });

  it.runIf(LONG)('makes one program of what the command line loads', async () => {
    await source(
      'main.ts',
      "import { WORD } from './word.ts';\n\nconsole.log(WORD, (await import('./late.ts')).where);\n",
    );
    await source('late.ts', "export const where = new URL('file', import.meta.url).pathname;\n");
    await build();
    for (const name of ['word.js', 'late.js']) await rm(dist(name));
    expect(await run(process.execPath, ['dist/main.js'])).toEqual({ code: 0, output: `one ${dist('file')}\n` });
  });

  it.runIf(LONG)('waits for another one of the same checkout, and finds that there is nothing left to do', async () => {
    await source('word.ts', "export const WORD = 'two';\n");
    const started = await Promise.all([start(), start(), start()]);
    expect(started).toEqual([1, 2, 3].map(() => ({ code: 0, output: 'says two\n' })));
  });
});

/** Waits until there is such a file, or the process has ended. */
async function appears(pattern: RegExp, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && !(await readdir(checkout)).some((name) => pattern.test(name))) await sleep(1);
}
