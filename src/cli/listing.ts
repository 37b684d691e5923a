import { readFileSync } from 'node:fs';
import type { ListedCommand } from './listed.ts';

/** The command of this name. */
export async function listedCommand(name: string): Promise<ListedCommand> {
  const found = (await listedCommands()).find((command) => command.name === name);
  if (found === undefined) throw new TypeError(`there is no command ${name}`);
  return found;
}

/** Every command, as the build has listed them; from the declarations themselves where nothing was built. */
export async function listedCommands(): Promise<readonly ListedCommand[]> {
  try {
    return JSON.parse(readFileSync(new URL('commands.json', import.meta.url), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return (await import('./listAll.ts')).listAll();
  }
}
