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
