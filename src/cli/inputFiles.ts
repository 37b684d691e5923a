import { readFileSync } from 'node:fs';
import { UsageError } from './failure.ts';

/**
 * The content that a value on the command line stands for: `@FILE` for that of a file, and `-` for the standard input.
 * Undefined for any other value.
 *
 * @throws UsageError if it cannot be read
 */
export function contentOf(value: string): string | undefined {
  if (value === '-') return read(0, 'the standard input');
  if (value.startsWith('@@') || !value.startsWith('@')) return undefined;
  const file = value.slice(1);
  return read(file, file);
}

/** The content of a file, or of the standard input for `-`. @throws UsageError */
export const readInput = (file: string): string => contentOf(file === '-' ? file : `@${file}`) ?? '';

function read(from: string | 0, name: string): string {
  try {
    return readFileSync(from, 'utf8');
  } catch (error) {
    throw new UsageError(`${name} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * The texts that a value stands for: `@FILE` and `-` for the lines of a file and of the standard input, and `@@TEXT` for
 * `@TEXT`. A line that is JSON text is read as JSON, and so is a file that is one JSON list. Empty lines are left out.
 *
 * @throws UsageError
 */
export function textsIn(value: string, flag: string): string[] {
  const content = contentOf(value);
  if (content === undefined) return [value.startsWith('@@') ? value.slice(1) : value];
  const isJson = /^\s*["[]/.test(content);
  const texts: unknown[] = isJson ? listIn(content, flag) : linesOf(content);
  if (texts.length === 0) throw new UsageError(`${flag}: ${value} has no lines`);
  return texts.map((text) => {
    if (typeof text === 'string') return text;
    throw new UsageError(`${flag}: every item of ${value} must be a text`);
  });
}

/** The items of a JSON list, or of NDJSON with an item on each line. @throws UsageError */
export function listIn(content: string, flag: string): unknown[] {
  const whole = parsed(content);
  if (Array.isArray(whole)) return whole;
  return linesOf(content).map((line, i) => {
    const item = parsed(line);
    if (item === undefined)
      throw new UsageError(`${flag} must be a JSON list, or JSON on each line (item ${i + 1} is none)`);
    return item;
  });
}

const linesOf = (content: string): string[] =>
  content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
