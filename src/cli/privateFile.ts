import { readFileSync, statSync } from 'node:fs';
import { UsageError } from './failure.ts';

/**
 * Reads a secret from a file that only its owner can read, or from the standard input for `-`.
 *
 * @param what the secret, in messages
 * @throws UsageError if others can read the file, if it cannot be read, or if it is empty
 */
export function readPrivateFile(file: string, what: string): string {
  let text: string;
  try {
    const stats = file === '-' ? undefined : statSync(file);
    if (stats?.isFile() === true && (stats.mode & 0o077) !== 0) {
      throw new UsageError(`${file} holds a ${what} that others can read: run chmod 600 ${file}`);
    }
    text = readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the ${what} cannot be read from ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text === '') throw new UsageError(`the ${what} is empty`);
  return text;
}
