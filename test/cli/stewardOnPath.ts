import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCommandLine } from '../docs/shell.ts';
import { LONG } from '../support/long.ts';
import { MAIN } from '../support/running.ts';

/** A program `steward`, for shells that look for it in their `PATH`. */
export interface StewardOnPath extends AsyncDisposable {
  /** The folder that it is in. */
  readonly bin: string;
}

const asProcess = `exec '${process.execPath}' '${MAIN}' "$@"`;

/**
 * Puts the program into a folder below this one. Calls from this folder are made by a process that is there already, since
 * to start one takes longer than all that most commands do; those that read their input or that run until they are ended
 * have a process of their own, and in the long run all have.
 */
export async function stewardOnPath(folder: string): Promise<StewardOnPath> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const file = (name: string) => `'${join(folder, `.steward-${name}`)}'`;
  const lines = [
    `[ "$PWD" = '${folder}' ] && [ ! -p /dev/stdin ] && [ ! -f /dev/stdin ] || ${asProcess}`,
    `case "$1 $*" in serve* | migrate* | login* | witness* | *--follow*) ${asProcess};; esac`,
    `{ env -0; printf '\\0'; printf '%s\\0' "$@"; } | curl -s --unix-socket ${file('socket')} --data-binary @- http://steward/`,
    `cat ${file('stderr')} >&2`,
    `exit "$(cat ${file('status')})"`,
  ];
  await writeFile(join(bin, 'steward'), `#!/bin/sh\n${LONG ? asProcess : lines.join('\n')}\n`, { mode: 0o755 });
  const commandLine = LONG ? undefined : await openCommandLine(folder);
  return { bin, [Symbol.asyncDispose]: async () => void commandLine?.kill() };
}
