import { OperatorError } from '../errors.ts';
import { abbreviated } from '../text.ts';

/** Where a value comes from. */
export type Origin =
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'default' };

/** One thing that is wrong with the configuration. No text holds a secret. */
export interface ConfigProblem {
  readonly file?: string;
  /** 1 for the file's first line. */
  readonly line?: number;
  /** The environment variable, when the value comes from there. */
  readonly variable?: string;
  readonly key?: string;
  /** What is wrong, and what would be right. */
  readonly text: string;
}

/** The configuration cannot be used. The message lists every problem, one a line. */
export class ConfigError extends OperatorError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(sentence).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The problem of a value that came from there. */
export function problemAt(origin: Origin, key: string, text: string): ConfigProblem {
  switch (origin.from) {
    case 'file':
      return { file: origin.file, line: origin.line, key, text };
    case 'environment':
      return { variable: origin.variable, key, text };
    case 'default':
      return { key, text };
  }
}

/** `deploy.cfg:12: port: what is wrong`. Warnings are written the same way. */
export function sentence(problem: ConfigProblem): string {
  const { file, line, variable, key, text } = problem;
  const place = file === undefined ? variable && `environment variable ${variable}` : line ? `${file}:${line}` : file;
  return oneLine([place, key, text].filter((part) => part !== undefined && part !== '').join(': '));
}

/** Escapes in the file bring line breaks into keys and values; what is printed keeps to its line. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}|[\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const SHOWN_LENGTH = 100;

/** A value in quotes as a message shows it: not endless. */
export function quoted(value: string): string {
  return JSON.stringify(abbreviated(value, SHOWN_LENGTH));
}
