import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { mintToken } from '../../src/identity/mint.ts';
import { serviceDatabase } from './serviceDatabases.ts';

/** The built service, as `npm start` runs it. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Reply {
  readonly status: number;
  readonly result?: [unknown] | null;
  readonly receipt?: { readonly record: string; readonly hash: string };
  readonly error?: { readonly message: string; readonly data: string };
}

/** Calls a service as any user. */
export interface Caller {
  /** A token of this user, good for an hour. */
  tokenOf(user: string): string;
  /** Calls a method as this user; rejects when the connection breaks. */
  call(user: string, method: string, params: readonly unknown[]): Promise<Reply>;
  /** Calls `administer` as this user; rejects when the connection breaks. */
  administer(user: string, command: object): Promise<Reply>;
}

/** The service as a process of its own, with its data in a folder that a next one can be started on. */
export interface Running extends Caller {
  readonly url: string;
  readonly process: ChildProcess;
  readonly folder: string;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** The process of its own mongod. */
  mongodPid(): Promise<number>;
  /** Sends the signal and waits for its end; the exit code, null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'steward-service-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  };
}

/** The configuration of a service that does not need a MongoDB of its own, which takes as long to start as the service. */
export function onSharedMongod(): Record<string, string> {
  return {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: serviceDatabase(),
    STEWARD_WS_ADMIN: 'admin',
  };
}

/** Starts `steward serve` in the folder, without any configuration but what `env` says, and waits for its banner. */
export async function startRunning(folder: string, env: Record<string, string> = {}): Promise<Running> {
  const { child, output } = spawnSteward(['serve'], folder, { STEWARD_PORT: '0', ...env });
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const found = /answers at (\S+)/.exec(output.stdout)?.[1];
      if (found !== undefined && output.stdout.includes('curl')) resolve(found);
    });
    exited.then(([code]) => reject(new Error(`the service ended with ${code}: ${output.stdout}${output.stderr}`)));
  });
  const key = (await readFile(join(folder, 'data', 'signing-key'), 'utf8').catch(() => '')).trim();
  return {
    url,
    process: child,
    folder,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ...callerOf(url, key),
    mongodPid: async () => {
      for (;;) {
        const pid = Number((await readFile(join(folder, 'data', 'db', 'mongod.lock'), 'utf8').catch(() => '')).trim());
        if (pid > 0) return pid;
        await sleep(20);
      }
    },
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await exited;
      return code as number | null;
    },
  };
}

/** Calls the service at this URL with tokens signed with its key. */
export function callerOf(url: string, key: string): Caller {
  const tokens = new Map<string, string>();
  const tokenOf = (user: string) => {
    const token = tokens.get(user) ?? mintToken({ secret: key, username: user, lifetimeSeconds: 3600 });
    tokens.set(user, token);
    return token;
  };
  const call = async (user: string, method: string, params: readonly unknown[]) => {
    const body = JSON.stringify({ version: '1.1', method, params, id: '1' });
    const response = await fetch(url, { method: 'POST', headers: { authorization: tokenOf(user) }, body });
    return { status: response.status, ...((await response.json()) as object) };
  };
  return { tokenOf, call, administer: (user, command) => call(user, 'administer', [command]) };
}

/** What a command came to. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a `steward` command to its end. */
export async function runSteward(
  args: readonly string[],
  folder: string,
  env: Record<string, string> = {},
  /** The file that is its standard input; empty without one. */
  input?: string,
): Promise<Ended> {
  const { child, output } = spawnSteward(args, folder, env, input);
  const [code] = await once(child, 'close');
  return { code, ...output };
}

interface Warm {
  readonly child: ChildProcess;
  /** Rejects when the process has ended. */
  readonly ended: Promise<never>;
}

let warm: Warm | undefined;
/** Whether it has run `serve`: what a refused start left behind there may still write to its log. */
let hasServed = false;
let lastRun: Promise<unknown> = Promise.resolve();

function startWarm(): Warm {
  const child = fork(fileURLToPath(new URL('warmSteward.mjs', import.meta.url)), { silent: true });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', () => reject(new Error('the process of the commands ended')));
  });
  ended.catch(() => undefined);
  return { child, ended };
}

/**
 * Runs a `steward` command to its end, in a process that runs one after another: to load the program takes longer than
 * all that most commands do.
 */
export function runWarm(
  args: readonly string[],
  folder: string,
  env: Record<string, string> = {},
  /** The file that is its standard input, as far as it is read in lines; empty without one. */
  input = '/dev/null',
): Promise<Ended> {
  const done = lastRun.then(async () => {
    const [command = ''] = args;
    if (hasServed && !['serve', 'check-config'].includes(command)) {
      warm?.child.disconnect();
      warm = undefined;
    }
    if (warm === undefined || !warm.child.connected) {
      warm = startWarm();
      hasServed = false;
    }
    hasServed ||= command === 'serve';
    const { child, ended } = warm;
    const answer = new Promise<Ended>((resolve) => child.once('message', (message) => resolve(message as Ended)));
    child.send({ args, cwd: folder, env: { ...cleanEnvironment(), ...env }, input });
    return Promise.race([answer, ended]);
  });
  lastRun = done.catch(() => undefined);
  return done;
}

/** `steward` as a process of its own in the folder, and what it has printed so far. */
export function spawnSteward(args: readonly string[], folder: string, env: Record<string, string>, input?: string) {
  const stdin = input === undefined ? undefined : openSync(input, 'r');
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...cleanEnvironment(), ...env },
    stdio: [(stdin ?? 'ignore') as 'ignore', 'pipe', 'pipe'],
  });
  if (stdin !== undefined) closeSync(stdin);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return { child, output };
}

/** The environment without settings of whoever runs the tests. */
export function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('STEWARD_') && !name.startsWith('KB_'),
  );
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
