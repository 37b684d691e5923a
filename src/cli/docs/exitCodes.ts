import { EXIT_CODES } from '../exitCodes.ts';
import { between, table } from './markdown.ts';

/** The page that shows the exit statuses in the middle of its text. */
export const COMMAND_LINE = 'docs/command-line.md';

/** The page with its table of exit statuses made anew. */
export function withExitCodes(page: string): string {
  const rows = [
    ['0', 'done'],
    ['1', 'any other failure'],
    ...EXIT_CODES.map(({ code, meaning }) => [`${code}`, meaning]),
  ];
  return between(page, 'exit-codes', table(['status', 'meaning'], rows));
}
