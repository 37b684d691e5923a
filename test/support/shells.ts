import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packages are unpacked here, without being installed, and kept for later runs. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/shells', import.meta.url));

export interface Shell {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** What must be run first where the shell was only unpacked. */
  readonly prelude: string;
}

const PACKAGES = { zsh: ['zsh', 'zsh-common'], fish: ['fish', 'fish-common', 'libpcre2-32-0'] } as const;

/** The shell that is installed, or else one from the packages of the system; undefined if there is neither. */
export async function shellNamed(name: keyof typeof PACKAGES): Promise<Shell | undefined> {
  try {
    return { path: execFileSync('which', [name], { encoding: 'utf8' }).trim(), env: {}, prelude: '' };
  } catch {
    return unpacked(name);
  }
}

async function unpacked(name: keyof typeof PACKAGES): Promise<Shell | undefined> {
  const root = join(CACHE, name);
  try {
    if (!existsSync(root)) await unpack(PACKAGES[name], root);
  } catch {
    return undefined;
  }
  if (name === 'fish') {
    const libraries = await foldersIn(join(root, 'usr', 'lib'));
    const functions = join(root, 'usr', 'share', 'fish', 'functions');
    return {
      path: join(root, 'usr', 'bin', 'fish'),
      env: { LD_LIBRARY_PATH: libraries.join(':') },
      prelude: `set -p fish_function_path ${functions}`,
    };
  }
  const modules = await foldersIn(join(root, 'usr', 'lib'));
  const functions = await foldersIn(join(root, 'usr', 'share', 'zsh', 'functions'));
  const prelude = `module_path=(${modules.join(' ')}); fpath=(${functions.join(' ')})`;
  return { path: join(root, 'bin', 'zsh'), env: {}, prelude };
}

async function unpack(packages: readonly string[], root: string): Promise<void> {
  const making = `${root}.${process.pid}`;
  await mkdir(making, { recursive: true });
  try {
    await run('apt-get', ['download', ...packages], { cwd: making, timeout: 60_000 });
    for (const file of (await readdir(making)).filter((each) => each.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(making, file), making]);
    }
    await rename(making, root);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))];
}
