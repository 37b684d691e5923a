import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const dist = (path: string) => JSON.stringify(new URL(`../../../dist/${path}`, import.meta.url).href);

/** A node process that runs the built code, and what it has printed. */
export interface Script {
  readonly process: ChildProcess;
  readonly pid: number;
  lines(): string[];
  /** The first line that begins with this word, without it; waits for it, and fails when the process ends before. */
  line(word: string): Promise<string>;
  ended(): Promise<number | null>;
}

/**
 * Runs a module's text with these names taken from files of the built service. A process of its own is the only one
 * that a test can kill.
 */
export function runScript(
  imports: Readonly<Record<string, string>>,
  text: string,
  env: NodeJS.ProcessEnv = {},
): Script {
  const head = Object.entries(imports).map(([name, path]) => `import { ${name} } from ${dist(path)};`);
  const child = spawn(process.execPath, ['--input-type=module', '-e', [...head, text].join('\n')], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a shell gives to what is started in a terminal.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, 'close');
  const lines = () => output.split('\n');
  const find = (word: string) => lines().find((line) => line.startsWith(`${word} `) || line === word);
  return {
    process: child,
    pid: child.pid ?? -1,
    lines,
    async line(word) {
      while (find(word) === undefined) {
        const news = [once(child.stdout, 'data'), once(child.stderr, 'data'), closed.then(() => 'closed')];
        if ((await Promise.race(news)) === 'closed' && find(word) === undefined) {
          throw new Error(`the script ended without the line ${word}:\n${output}`);
        }
      }
      return (find(word) ?? '').slice(word.length + 1);
    },
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}

/** Ends a script that a test left behind. It is gone afterwards, and so are its locks. */
export async function endScript(script: Script): Promise<void> {
  if (script.process.exitCode !== null || script.process.signalCode !== null) return;
  script.process.kill('SIGKILL');
  await once(script.process, 'exit');
}
