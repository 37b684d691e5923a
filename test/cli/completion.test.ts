import { execFile, execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import { runSteward, temporaryFolder } from '../support/running.ts';

const run = promisify(execFile);
const scripts = { bash: '', zsh: '' };
/** The scripts are in files, since they are too long for an argument of a process. */
const files = { bash: '', zsh: '' };
let folder = '';

beforeAll(async () => {
  folder = (await temporaryFolder()).path;
  for (const shell of ['bash', 'zsh'] as const) {
    scripts[shell] = (await runSteward(['completion', shell], '/')).stdout;
    files[shell] = join(folder, shell);
    await writeFile(files[shell], scripts[shell]);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** The completions that bash offers for the last of these words. */
async function inBash(...words: string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const script = `source ${files.bash}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _steward; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run('bash', ['-c', script]);
  expect(stderr).toBe('');
  return stdout.trim() === '' ? [] : stdout.trim().split('\n');
}

describe('in bash, completion', () => {
  it('offers the subcommands of steward', async () => {
    expect(await inBash('steward', '')).toEqual(expect.arrayContaining(['serve', 'sudo', 'audit', 'completion']));
    expect(await inBash('steward', 'comp')).toEqual(['completion']);
    expect(await inBash('steward', 'completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  it('offers every command of sudo', async () => {
    const offered = await inBash('steward', 'sudo', '');
    expect(offered.filter((word) => !word.startsWith('-'))).toEqual(allCommands.map((c) => c.name));
    expect(offered).toEqual(expect.arrayContaining(['--batch', '--resume', '--help']));
    expect(await inBash('steward', 'sudo', 'addA')).toEqual(['addAdmin']);
  });

  it('offers the options of the command, also after its user', async () => {
    const offered = await inBash('steward', 'sudo', 'addAdmin', 'lolcats', '--');
    expect(offered).toEqual(expect.arrayContaining(['--role', '--expires', '--dry-run', '--reason', '--json']));
    expect(await inBash('steward', 'sudo', 'addUser', 'lolcats', '--ki')).toEqual(['--kind']);
    expect(await inBash('steward', 'audit', '--fo')).toEqual(['--follow']);
  });

  it('offers the values of an option, after a blank and after =', async () => {
    expect(await inBash('steward', 'sudo', 'addAdmin', 'lolcats', '--role', '')).toEqual(['full', 'readOnly']);
    expect(await inBash('steward', 'sudo', 'addAdmin', 'lolcats', '--role', '=')).toEqual(['full', 'readOnly']);
    expect(await inBash('steward', 'sudo', 'addAdmin', 'lolcats', '--role', '=', 're')).toEqual(['readOnly']);
    expect(await inBash('steward', 'audit', '--outcome', 'd')).toEqual(['denied', 'dryRun']);
  });

  it('offers nothing for free values, and files for options that take one', async () => {
    expect(await inBash('steward', 'sudo', 'addAdmin', 'lolcats', '--reason', '')).toEqual([]);
    expect(await inBash('steward', 'serve', '--config', '/etc/host')).toContain('/etc/hosts');
  });
});

describe('in zsh, completion', () => {
  const hasZsh = (() => {
    try {
      execFileSync('zsh', ['-c', 'true']);
      return true;
    } catch {
      return false;
    }
  })();

  it('shows the description of every command and option', () => {
    expect(scripts.zsh).toMatch(/^#compdef steward\n/);
    for (const { name, summary } of allCommands) {
      expect(scripts.zsh).toContain(`'${`${name}:${summary}`.replaceAll("'", "'\\''")}'`);
      expect(scripts.zsh).toContain(`'steward sudo ${name}'`);
    }
    expect(scripts.zsh).toContain("'steward sudo addAdmin --role') found=(full readOnly)");
  });

  it.runIf(hasZsh)('offers the same as in bash', async () => {
    const inZsh = async (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const stubs = `compdef() { : }; _describe() { print -rl -- \${\${(P)2}%%:*} }; _files() { print -r files }; _message() { : }`;
      const script = `${stubs}\nsource ${files.zsh}\nwords=(${list}); CURRENT=${words.length}; _steward`;
      const { stdout, stderr } = await run('zsh', ['-fc', script]);
      expect(stderr).toBe('');
      return stdout.trim() === '' ? [] : stdout.trim().split('\n');
    };
    for (const words of [
      ['steward', ''],
      ['steward', 'sudo', ''],
      ['steward', 'sudo', 'addAdmin', 'lolcats', ''],
      ['steward', 'sudo', 'addAdmin', 'lolcats', '--role', ''],
      ['steward', 'sudo', 'addAdmin', 'lolcats', '--reason', ''],
      ['steward', 'audit', '--outcome', ''],
      ['steward', 'completion', ''],
    ]) {
      expect(await inZsh(...words)).toEqual(await inBash(...words));
    }
    expect(await inZsh('steward', 'serve', '--config', '')).toEqual(['files']);
  });

  it.runIf(hasZsh)('works in the real completion system, from fpath and sourced', async () => {
    const script = 'autoload -Uz compinit; compinit -u -D; source /dev/stdin; print -r -- $_comps[steward]';
    const { stdout } = await run('bash', ['-c', `zsh -fc '${script}' < ${files.zsh}`]);
    expect(stdout.trim()).toBe('_steward');
  });
});
