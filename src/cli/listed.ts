import type { ErrorKind } from '../base/errors.ts';
import type { Confirmation, Example, UserMeaning } from '../operations/declared.ts';

/** What the command line needs to know of a command, so that it need not load the declarations. */
export interface ListedCommand {
  readonly name: string;
  readonly subject: string;
  readonly summary: string;
  readonly user: UserMeaning;
  readonly examples: readonly Example<unknown>[];
  readonly parameters: readonly ListedParameter[];
  /** How the parts of the result are named where it is shown as text. */
  readonly labels?: Labels;
  /** The reasons for which it may be refused, beside those of every call, by their class. */
  readonly reasons?: Readonly<Partial<Record<ErrorKind, readonly string[]>>>;
  /** Whether other parameters are refused. */
  readonly isClosed: boolean;
  readonly effect: 'read' | 'write';
  readonly confirm?: Confirmation;
  readonly beginsJob?: true;
  /** Whether `revert` never reverts it. */
  readonly isFinal?: true;
  /** Whether `revertJob` reverts the job that it begins. */
  readonly isRevertedAsJob?: true;
}

/** The names of the parts of a value, where they are not its own keys. */
export interface Labels {
  /** Those of the places of a list of fixed length. */
  readonly columns?: readonly string[];
  /** Those of each item of a list. */
  readonly items?: Labels;
  /** The headings of keys. */
  readonly headings?: Readonly<Record<string, string>>;
  /** Those below a key. */
  readonly fields?: Readonly<Record<string, Labels>>;
}

export interface ListedParameter {
  readonly name: string;
  readonly description: string;
  /** How it is written on the command line. A proof of identity is not: it comes from a file or the terminal. */
  readonly type: 'flag' | 'number' | 'text' | 'time' | 'texts' | 'list' | 'json' | 'proof';
  readonly choices?: readonly string[];
  /** Whether it is a secret, which `-` reads from the standard input. */
  readonly isSecret?: true;
  /** Whether it is a secret that must be given, for which a terminal is asked. */
  readonly isAsked?: true;
}
