import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { isDeclared, leaves } from '../support/helpExamples.ts';
import { type RestoredDatabase, restoreKbase } from '../support/kbaseDatabase.ts';
import { LONG } from '../support/long.ts';
import { cleanEnvironment, onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { shellNamed } from '../support/shells.ts';
import { onTerminal } from '../support/terminal.ts';
import { type StewardOnPath, stewardOnPath } from './stewardOnPath.ts';

const all = await leaves();

it('every command line has an example in its help', () => {
  expect(all.length).toBeGreaterThan(200);
  expect(all.filter(({ examples }) => examples.length === 0).map(({ path }) => path)).toEqual([]);
});

const local = all.filter((leaf) => !isDeclared(leaf));

it('the help of a command of the local program fits 80 columns', () => {
  const wide = local.flatMap(({ path, help }) =>
    help
      .split('\n')
      .filter((line) => line.length > 80)
      .map((line) => `${path}: ${line}`),
  );
  expect(wide).toEqual([]);
});

/** Those that run longer, which end with a signal after they have shown this. */
const UNTIL: Readonly<Record<string, RegExp>> = {
  'steward serve --config deploy.cfg': /answers at/,
  'steward witness --name witness.example.org --logs log-keys': /^and cosigns/m,
  'steward audit --command addAdmin --lines 1 --follow --json': /"command":"addAdmin"/,
};

const PASSWORD = 'of the local account grace';

/** Those that ask something at a terminal. */
const ASKING: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'steward login --user grace': { 'password: ': () => PASSWORD },
  'steward login': { 'token: ': () => service.tokenOf('admin') },
  'steward undo': { 'Which? ': () => 'none' },
};

/** Those that end with another status than 0. */
const STATUS: Readonly<Record<string, number>> = { 'steward undo': 1 };

/** In the order in which they build on another. */
const ORDER = [
  'check-config',
  'serve',
  'migrate',
  'shard',
  'token',
  'login',
  'whoami',
  'config list',
  'config get',
  'sudo',
  'audit',
  'undo',
  'job watch',
  'witness',
  'audit export',
  'audit verify',
  'audit verify-receipt',
  'completion',
  'docs',
  'logout',
  'config set',
  'config use',
  'import kbase',
  'import verify',
];

/** Those whose processes and imports take long. Other tests start each of these commands. */
const SLOW: readonly string[] = ['serve', 'migrate', 'import kbase', 'import verify'];

/** Run in test/security/t25-insert-only.test.ts, which has a MongoDB with accounts. */
const ELSEWHERE = ['setup-database'];

let folder: Awaited<ReturnType<typeof serviceFolder>>;
let service: Running;
let program: StewardOnPath;
let kbase: RestoredDatabase | undefined;
/** Where the examples import to: a database that no service has written to. */
let imported: Readonly<Record<string, string>> = {};
/** What stands in the examples for what only this house knows. */
const houses = new Map<string, string>();

beforeAll(async () => {
  folder = await serviceFolder();
  const env = onSharedMongod();
  service = await startRunning(folder.path, env);
  await writeFile(
    join(folder.path, 'deploy.cfg'),
    [
      '[Workspace]',
      'port = 0',
      `mongodb-host = ${env.STEWARD_MONGODB_HOST}`,
      `mongodb-database = ${env.STEWARD_MONGODB_DATABASE}`,
      'ws-admin = admin',
      '',
    ].join('\n'),
  );
  program = await stewardOnPath(folder.path);
  houses.set('http://127.0.0.1:7058', service.url);
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await service.end('SIGTERM');
  await kbase?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const environment = (path: string) => ({
  ...cleanEnvironment(),
  ...(path.startsWith('import ') ? imported : {}),
  PATH: `${program.bin}:${process.env.PATH}`,
  XDG_CONFIG_HOME: join(folder.path, 'home'),
  STEWARD_SERVER: service.url,
});

/** The example with what this house knows. */
const inHouse = (line: string) => [...houses].reduce((shown, [from, to]) => shown.replaceAll(from, to), line);

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs the line in the shell in which it is written; one that runs until it is ended gets a signal. */
async function run(line: string, path: string): Promise<Ended> {
  const questions = ASKING[line];
  if (questions !== undefined) {
    const answers = Object.fromEntries(Object.entries(questions).map(([question, answer]) => [question, answer()]));
    const words = line.split(' ').slice(1);
    const { code, shown } = await onTerminal({ words, answers, folder: folder.path, env: environment(path) });
    return { code, output: shown };
  }
  const { command, prelude, env } = await shellFor(line);
  const isLong = UNTIL[line] !== undefined;
  const child = spawn(command, ['-c', `${prelude}${isLong ? 'exec ' : ''}${inHouse(line)}${OPTIONS[line] ?? ''}`], {
    cwd: path === 'docs' ? process.cwd() : folder.path,
    env: { ...environment(path), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      if (UNTIL[line]?.test(output)) child.kill('SIGINT');
    });
  }
  const [code] = await exited;
  return { code: isLong ? 0 : code, output };
}

/** A free port for what would listen on one of its own. */
const OPTIONS: Readonly<Record<string, string>> = {
  'steward witness --name witness.example.org --logs log-keys': ' --port 0',
};

async function shellFor(line: string) {
  const name = line.includes('completion fish') ? 'fish' : line.includes('completion zsh') ? 'zsh' : undefined;
  const found = name === undefined ? undefined : await shellNamed(name);
  if (found === undefined) return { command: 'bash', prelude: 'set -o pipefail; ', env: {} };
  const ready = name === 'zsh' ? 'autoload -Uz compinit; compinit -u -D; ' : '';
  return { command: found.path, prelude: found.prelude === '' ? ready : `${found.prelude}; ${ready}`, env: found.env };
}

/** Makes what the examples of this command are about. */
const PREPARED: Readonly<Record<string, () => Promise<void>>> = {
  login: async () => {
    await service.administer('admin', { command: 'addUser', user: 'grace' });
    await service.administer('admin', { command: 'setPassword', user: 'grace', params: { password: PASSWORD } });
  },
  sudo: async () => {
    await writeFile(join(folder.path, 'term.batch'), 'addUser tove\naddAdmin tove --role readOnly\n');
    await writeFile(join(folder.path, 'people.txt'), 'ulf\nvera\n');
  },
  audit: async () => {
    await service.administer('admin', { command: 'addUser', user: 'alice' });
  },
  undo: async () => {
    const { receipt } = await service.administer('admin', { command: 'addAdmin', user: 'tove' });
    houses.set('6b04e15c3413ffb9138e1bc4-0', receipt?.record ?? '');
  },
  'job watch': async () => {
    const params = { from: 'tove', to: 'ulf' };
    const { result } = await service.administer('admin', { command: 'changeOwner', params });
    const [{ job }] = result as [{ job: string }];
    houses.set('6a1f0c2e9b7d4c0012345678', job);
  },
  'audit export': async () => {
    const { receipt } = await service.administer('admin', { command: 'addUser', user: 'will' });
    const proof = async () =>
      (await service.administer('admin', { command: 'proveRecord', params: receipt as object })).result;
    await vi.waitUntil(async () => Array.isArray(await proof()), { timeout: 120_000, interval: 100 });
    await writeFile(join(folder.path, 'receipt.json'), JSON.stringify(receipt));
    await writeFile(join(folder.path, 'receipts.jsonl'), `${JSON.stringify(receipt)}\n`);
    await writeFile(join(folder.path, 'proof.json'), JSON.stringify({ result: (await proof())?.[0] }));
  },
  'import kbase': async () => {
    kbase = await restoreKbase(inject('mongoUri'), `examples_${randomUUID().replaceAll('-', '')}`);
    imported = onSharedMongod();
    houses.set('mongodb://kbase/workspace', `${kbase.from} --types ${kbase.typesFrom}`);
    const users = await kbase.workspace.collection('workspaceACLs').distinct('user');
    const lines = ['name,id,issuer', ...users.map((user) => `${user},id-${user},https://idp`)];
    await writeFile(join(folder.path, 'users.csv'), lines.join('\n'));
  },
};

describe('every example runs as it is shown', () => {
  it('of all commands of the local program', () => {
    expect([...ORDER, ...ELSEWHERE].sort()).toEqual(local.map(({ path }) => path).sort());
  });

  for (const path of ORDER) {
    it.runIf(LONG || !SLOW.includes(path))(`of steward ${path}`, async () => {
      const leaf = local.find((each) => each.path === path);
      await PREPARED[path]?.();
      for (const line of leaf?.examples ?? []) {
        const ended = await run(line, path);
        expect([line, ended.code, ended.output]).toEqual([line, STATUS[line] ?? 0, expect.any(String)]);
      }
    });
  }
});
