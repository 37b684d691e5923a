import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from './failure.ts';

/** Reads a line of the standard input; at a terminal, asks for it and does not show what is typed. @throws UsageError */
export async function secretLine(name: string): Promise<string> {
  const { isTTY } = process.stdin;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Before the question: what is typed at once must not be shown either.
  const lines = createInterface({ input: process.stdin, ...(isTTY ? { output: silent, terminal: true } : {}) });
  if (isTTY) process.stderr.write(`${name}: `);
  const line = await Promise.race([once(lines, 'line'), once(lines, 'close').then(() => [undefined])]);
  lines.close();
  if (isTTY) process.stderr.write('\n');
  const [text] = line as [string | undefined];
  if (text === undefined || text === '') throw new UsageError(`there is no ${name} on the standard input`);
  return text;
}
