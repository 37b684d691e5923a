import { oneLine } from '../../base/config/problems.ts';
import { OperatorError } from '../../base/errors.ts';

/** What is wrong at one place of a policy file. */
export interface PolicyProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** The policy file cannot be used. The message lists all problems, one on each line. */
export class PolicyError extends OperatorError {
  readonly problems: readonly PolicyProblem[];

  constructor(file: string, problems: readonly PolicyProblem[]) {
    const inOrder = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    super(inOrder.map(({ line, column, text }) => oneLine(`${file}:${line}:${column}: ${text}`)).join('\n'));
    this.name = 'PolicyError';
    this.problems = inOrder;
  }
}
