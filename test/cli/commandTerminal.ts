import { openShell } from '../docs/shell.ts';
import { onTerminal } from '../support/terminal.ts';

type Variables = Readonly<Record<string, string>>;

/** What is typed at a terminal. */
export interface Typed {
  /** After `steward`, or after another program. */
  readonly words?: readonly string[];
  /** A line for the shell, in place of words. */
  readonly line?: string;
  readonly answers?: Readonly<Record<string, string>>;
  readonly env?: Variables;
  readonly program?: readonly string[];
  readonly rows?: number;
}

/** A terminal of 80 columns for one command after another. */
export interface CommandTerminal {
  /** Runs what is typed to its end. */
  run(typed: Typed): Promise<{ readonly code: number; readonly shown: string }>;
  close(): Promise<void>;
}

/**
 * Opens a terminal in a folder, with these variables set. Only what asks, what is no command line of `steward`, and what
 * needs another terminal has a process of its own: to start one takes longer than all that a command does.
 */
export async function openTerminal(folder: string, variables: Variables): Promise<CommandTerminal> {
  const shell = await openShell(folder, false);
  const inShell = async (words: readonly string[], env: Variables) => {
    const set = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
    const command = [...set, 'steward', ...words.map(quoted)].join(' ');
    const output = await shell.onTerminal(() => shell.run(`${command}; printf '\\036%s' $?`));
    const [shown = '', code] = output.split('\u001e');
    return { code: Number(code), shown };
  };
  return {
    run: ({ env: more = {}, words = [], line, ...typed }) => {
      const env = { ...variables, ...more };
      if (line === undefined && Object.keys(typed).length === 0) return inShell(words, env);
      const command = line === undefined ? { ...typed, words } : { ...typed, program: ['sh', '-c'], words: [line] };
      return onTerminal({ folder, ...command, env });
    },
    close: () => shell.close(),
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
