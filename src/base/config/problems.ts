import { OperatorError } from '../errors.ts';
import { abbreviated } from '../text.ts';

export type Origin =
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'default' };

/** One problem of the configuration. It contains no secrets. */
export interface ConfigProblem {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** The environment variable, if the value comes from there. */
  readonly variable?: string;
  readonly key?: string;
  readonly text: string;
}

/** The configuration cannot be used. The message lists all problems, one on each line. */
export class ConfigError extends OperatorError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(sentence).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

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

/** A problem or a warning as a line, such as `deploy.cfg:12: port: what is wrong`. */
export function sentence(problem: ConfigProblem): string {
  const { file, line, variable, key, text } = problem;
  const place = file === undefined ? variable && `environment variable ${variable}` : line ? `${file}:${line}` : file;
  return oneLine([place, key, text].filter((part) => part !== undefined && part !== '').join(': '));
}

/** Escapes line breaks and controls, which escapes in the file can bring into keys and values. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}|[\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const SHOWN_LENGTH = 100;

/** A value in quotes, for messages; long ones are cut. */
export function quoted(value: string): string {
  return JSON.stringify(abbreviated(value, SHOWN_LENGTH));
}
