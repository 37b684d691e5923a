import { readFileSync } from 'node:fs';
import { errorCode } from '../base/errorCode.ts';
import type { ListedCommand } from './listed.ts';

export async function listedCommand(name: string): Promise<ListedCommand> {
  const found = (await listedCommands()).find((command) => command.name === name);
  if (found === undefined) throw new TypeError(`there is no command ${name}`);
  return found;
}

/** All commands, from the list that the build writes; without a build, from the declarations. */
export async function listedCommands(): Promise<readonly ListedCommand[]> {
  try {
    return JSON.parse(readFileSync(new URL('commands.json', import.meta.url), 'utf8'));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return (await import('./listAll.ts')).listAll();
  }
}
