import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { LONG } from '../support/long.ts';
import { cleanEnvironment, runWarm } from '../support/running.ts';
import { type Shell, shellNamed } from '../support/shells.ts';
import { onTerminal } from '../support/terminal.ts';
import { type StewardOnPath, stewardOnPath } from './stewardOnPath.ts';

const run = promisify(execFile);

let service: HostedService;
let program: StewardOnPath;
let job = '';

beforeAll(async () => {
  service = await startHosted();
  for (const user of ['noor', 'hidden']) await service.administer('admin', { command: 'addUser', user });
  await service.call('noor', 'Workspace.create_workspace', [{ workspace: 'noor:genomes', globalread: 'r' }]);
  await service.call('hidden', 'Workspace.create_workspace', [{ workspace: 'hidden:private' }]);
  await service.administer('admin', { command: 'createRole', params: { name: 'curators' } });
  const { result } = await service.administer('admin', { command: 'verifyState' });
  ({ job } = (result as unknown as [{ job: string }])[0]);
  program = await stewardOnPath(service.folder);
  for (const shell of ['bash', 'zsh', 'fish']) {
    await writeFile(script(shell), (await runWarm(['completion', shell], '/')).stdout);
  }
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await service.stop();
});

const script = (shell: string) => join(service.folder, shell);
const env = () => ({
  PATH: `${program.bin}:${process.env.PATH}`,
  STEWARD_SERVER: service.url,
  STEWARD_TOKEN: service.tokenOf('admin'),
  HOME: service.folder,
});

/** What bash offers for the last of these words, which it has taken apart. */
async function inBash(words: readonly string[], more: Record<string, string> = {}): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const code = `exec < /dev/null\nsource ${script('bash')}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _steward; printf '%s\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run('bash', ['-c', code], {
    cwd: service.folder,
    env: { ...cleanEnvironment(), ...env(), ...more },
  });
  expect(stderr).toBe('');
  return stdout.trim() === '' ? [] : stdout.trim().split('\n');
}

const recorded = async () => {
  const { result } = await service.administer('admin', { command: 'getAudit', params: { newestFirst: true } });
  return (result as unknown as [{ records: { command: string }[] }])[0].records.map(({ command }) => command);
};

const ALL = { STEWARD_COMPLETE_ALL: '1' };

describe('completion offers', () => {
  it('users and workspaces that the caller sees without a right, and leaves no record', async () => {
    const before = await recorded();
    expect(await inBash(['steward', 'user', 'disable', 'n'])).toEqual(['noor']);
    expect(await inBash(['steward', 'sudo', 'disableUser', 'hid'])).toEqual([]);
    expect(await inBash(['steward', 'user', 'show', 'n'])).toEqual(['noor']);
    expect(await inBash(['steward', 'object', 'list', 'noor', ':', 'g'])).toEqual(['genomes']);
    expect(await inBash(['steward', 'role', 'add-members', 'curators', 'n'])).toEqual(['noor']);
    expect(await inBash(['steward', 'workspace', 'list', '--owner', '=', 'n'])).toEqual(['noor']);
    // Bash replaces only what follows the colon.
    expect(await inBash(['steward', 'workspace', 'show', 'noor', ':', 'g'])).toEqual(['genomes']);
    expect(await inBash(['steward', 'workspace', 'give', 'noor', ':', 'genomes', 'n'])).toEqual(['noor']);
    expect(await inBash(['steward', 'job', 'show', ''])).not.toContain(job);
    // The searches for records themselves are the only difference.
    expect(await recorded()).toEqual(['getAudit', ...before]);
  });

  it('all users, workspaces, jobs and roles if they are asked for', async () => {
    expect(await inBash(['steward', 'user', 'disable', 'hid'], ALL)).toEqual(['hidden']);
    expect(await inBash(['steward', 'workspace', 'show', 'hidden', ':', ''], ALL)).toEqual(['private']);
    expect(await inBash(['steward', 'job', 'watch', job.slice(0, 8)], ALL)).toEqual([job]);
    expect(await inBash(['steward', 'role', 'delete', 'cur'], ALL)).toEqual(['curators']);
  });

  it('the letters of permissions, and no names of what is not there yet', async () => {
    const letters = ['n', 'r', 'w', 'a'];
    expect(await inBash(['steward', 'workspace', 'share', 'x', '--new-permission', ''])).toEqual(letters);
    expect(await inBash(['steward', 'user', 'add', 'n'], ALL)).toEqual([]);
  });

  it('nothing, and no error, if the service is not reached', async () => {
    expect(await inBash(['steward', 'user', 'disable', 'n'], { STEWARD_SERVER: 'http://127.0.0.1:1' })).toEqual([]);
    expect(await inBash(['steward', 'user', 'disable', 'n'], { STEWARD_TOKEN: '' })).toEqual([]);
  });
});

/** Lines that make the shell print what it would run. */
const LINES = {
  bash: (file: string) =>
    `source ${file}; steward() { if [[ $1 == complete-names ]]; then command steward "$@"; else echo "ran: $*"; fi; }; PS1='ready> '`,
  zsh: (file: string) =>
    `autoload -Uz compinit; compinit -u -D; source ${file}; steward() { if [[ $1 == complete-names ]]; then command steward "$@"; else echo "ran: $*"; fi }; PS1='ready> '`,
  fish: (file: string) =>
    `source ${file}; function steward; if test "$argv[1]" = complete-names; command steward $argv; else; echo "ran: $argv"; end; end; function fish_prompt; echo 'ready> '; end; function fish_greeting; end`,
} as const;

/** Types lines with Tab and Ctrl-X Tab at a shell, and returns all that it has shown. */
async function typedIn(kind: keyof typeof LINES, { path, env: own, prelude }: Shell): Promise<string> {
  // The name of the file that zsh reads first.
  const file = join(service.folder, kind === 'zsh' ? '.zshrc' : `${kind}.init`);
  await writeFile(file, `${prelude}\n${LINES[kind](script(kind))}\n`);
  const starting = {
    bash: ['--rcfile', file, '-i'],
    zsh: ['-d', '-i'],
    fish: ['--no-config', '-i', '-C', `source ${file}`],
  };
  const { shown } = await onTerminal({
    program: [path],
    words: starting[kind],
    env: { ...env(), ...own, ZDOTDIR: service.folder, TERM: 'xterm' },
    folder: service.folder,
    answers: {
      'ready> ': 'steward user disable no\t',
      'ran: user disable noor': 'steward user disable hid\u0018\t',
      'ran: user disable hidden': 'exit',
    },
  });
  return shown;
}

describe('at a prompt', () => {
  it('of bash, Tab completes what is seen, and Ctrl-X Tab everything', async () => {
    const shown = await typedIn('bash', { path: 'bash', env: {}, prelude: '' });
    expect(shown).toContain('ran: user disable hidden');
  });

  it.runIf(LONG).for(['zsh', 'fish'] as const)(
    'of %s, Tab completes what is seen, and Ctrl-X Tab everything',
    async (kind, { skip }) => {
      const shell = await shellNamed(kind);
      if (shell === undefined) return skip(`${kind} is not installed, and its package cannot be downloaded`);
      const shown = await typedIn(kind, shell);
      expect(shown).toContain('ran: user disable hidden');
    },
  );
});
