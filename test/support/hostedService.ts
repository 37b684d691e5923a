import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Caller, callerOf, cleanEnvironment, onSharedMongod } from './running.ts';
import { serviceFolder } from './service.ts';

/** A service of the built program, with a folder and a database of its own. */
export interface HostedService extends Caller {
  readonly url: string;
  /** Its working folder. */
  readonly folder: string;
  /** Stops the service, and starts it again on the same data; on the same port if the settings say which. */
  restart(whileStopped: () => Promise<void>): Promise<void>;
  /** Stops the service, and removes the folder. */
  stop(): Promise<void>;
}

interface HostAnswer {
  readonly id: number;
  readonly url?: string;
  readonly error?: string;
}

let host: ChildProcess | undefined;
let lastId = 0;

/**
 * Starts a service in a process that all test files of this worker share, for tests of what calls a service. Tests of how
 * the process of a service starts and ends use `startRunning`.
 */
export async function startHosted(settings: Record<string, string> = {}): Promise<HostedService> {
  const folder = await serviceFolder();
  const id = ++lastId;
  const data = join(folder.path, 'data');
  const own = { STEWARD_DATA_DIR: data, STEWARD_PORT: '0' };
  const env = { ...cleanEnvironment(), ...onSharedMongod(), ...own, ...settings };
  const { url = '' } = await asked({ id, env });
  return {
    url,
    folder: folder.path,
    ...callerOf(url, (await readFile(join(data, 'signing-key'), 'utf8')).trim()),
    restart: async (whileStopped) => {
      await asked({ id });
      await whileStopped();
      await asked({ id, env });
    },
    stop: async () => {
      await asked({ id });
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Sends the message to the process of the services, and waits for its answer. */
function asked(message: { readonly id: number; readonly env?: Record<string, string> }): Promise<HostAnswer> {
  host ??= fork(fileURLToPath(new URL('serviceHost.mjs', import.meta.url)), {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const child = host;
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      child.off('message', onAnswer);
      child.off('exit', onExit);
      done();
    };
    const onExit = () => settle(() => reject(new Error('the process of the services ended')));
    const onAnswer = (given: unknown) => {
      const answer = given as HostAnswer;
      if (answer.id !== message.id) return;
      settle(() => (answer.error === undefined ? resolve(answer) : reject(new Error(answer.error))));
    };
    child.on('message', onAnswer);
    child.on('exit', onExit);
    child.send(message);
  });
}
