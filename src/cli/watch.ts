import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import { BusyError, ConnectionError } from '../client/errors.ts';
import { UsageError } from './failure.ts';
import { stopSignal } from './stopSignal.ts';
import { onOneLine } from './terminal.ts';

const DEFAULT_SECONDS = 5;

/** The option that repeats a read. */
export const watchOption = (): Option =>
  new Option('-w, --watch [seconds]', `show it again every ${DEFAULT_SECONDS} seconds; each time is recorded`)
    .argParser(secondsOf)
    .preset(String(DEFAULT_SECONDS));

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3_600) return seconds;
  throw new UsageError(`--watch must be a number of seconds from 1 to 3600 (was: ${text})`);
}

/**
 * Shows a result again and again, until interrupted: on a terminal in the place of the one before, elsewhere whenever it
 * has changed. While the service is busy or not reached, the watch goes on.
 */
export async function watch(seconds: number, read: () => Promise<string>): Promise<void> {
  const stop = stopSignal();
  let last: string | undefined;
  while (!stop.aborted) {
    const text = await textOf(read);
    if (text !== undefined && process.stdout.isTTY) console.log(`\u001b[H\u001b[2J\u001b[3J${onScreen(text, seconds)}`);
    else if (text !== undefined && text !== last) console.log(text);
    last = text ?? last;
    await sleep(seconds * 1_000, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function textOf(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    const passes = error instanceof BusyError || (error instanceof ConnectionError && error.reason !== 'protocol');
    if (!passes) throw error;
    console.error(`steward: ${onOneLine(error.message)}; trying again`);
    return undefined;
  }
}

/** What fits on the screen, below a line that says when it was read. */
function onScreen(text: string, seconds: number): string {
  const lines = text.split('\n');
  const room = process.stdout.rows - 3;
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more lines`];
  return [`Every ${seconds} s, last at ${new Date().toLocaleTimeString()}. Ctrl-C ends it.`, '', ...shown].join('\n');
}
