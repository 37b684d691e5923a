import { execFile } from 'node:child_process';

/** The output of a program that succeeded, or a one-line reason why it failed. */
export type Outcome = { readonly output: string } | { readonly failure: string };

/**
 * Runs a program to its end without a shell.
 *
 * @param signal ends it early, for example on a machine without a network
 */
export function run(
  program: string,
  args: readonly string[],
  options: { signal?: AbortSignal; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const settings = { ...options, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
    execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve({ output: stdout });
      else if (error.code === 'ENOENT') resolve({ failure: 'not installed' });
      else if (options.signal?.aborted) resolve({ failure: 'took too long' });
      else resolve({ failure: lastLine(stderr) ?? lastLine(stdout) ?? endOf(error) });
    });
  });
}

function endOf(error: { code?: number | string | null; signal?: NodeJS.Signals | null }): string {
  return error.signal ? `ended by ${error.signal}` : `ended with ${error.code}`;
}

function lastLine(text: string): string | undefined {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return lines.findLast((line) => line !== '')?.slice(0, 300);
}
