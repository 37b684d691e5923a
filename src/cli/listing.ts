import { readFileSync } from 'node:fs';
import type { Example, UserMeaning } from '../operations/declared.ts';

/** What the command line knows of a command: as much as can be said without loading it. */
export interface ListedCommand {
  readonly name: string;
  readonly subject: string;
  readonly summary: string;
  readonly user: UserMeaning;
  readonly examples: readonly Example<unknown>[];
  readonly parameters: readonly ListedParameter[];
  /** Whether there are no parameters but these. */
  readonly isClosed: boolean;
}

export interface ListedParameter {
  readonly name: string;
  readonly description: string;
  /** How it is written on the command line. */
  readonly type: 'flag' | 'number' | 'text' | 'texts' | 'json';
  /** The values of a text, where only these can be. */
  readonly choices?: readonly string[];
}

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
