import type { Confirmation, Example, UserMeaning } from '../operations/declared.ts';

/** What the command line needs to know of a command, so that it need not load the declarations. */
export interface ListedCommand {
  readonly name: string;
  readonly subject: string;
  readonly summary: string;
  readonly user: UserMeaning;
  readonly examples: readonly Example<unknown>[];
  readonly parameters: readonly ListedParameter[];
  /** The columns of a result that is a list of fixed length, or a list of such lists. */
  readonly tuple?: { readonly columns: readonly string[]; readonly isListed: boolean };
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

export interface ListedParameter {
  readonly name: string;
  readonly description: string;
  /** How it is written on the command line. A proof of identity is not: it comes from a file or the terminal. */
  readonly type: 'flag' | 'number' | 'text' | 'time' | 'texts' | 'list' | 'json' | 'proof';
  readonly choices?: readonly string[];
  /** Whether it is a secret, which `-` reads from the standard input. */
  readonly isSecret?: true;
}
