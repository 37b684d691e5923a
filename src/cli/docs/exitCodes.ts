import { EXIT_CODES } from '../exitCodes.ts';
import { between, table } from './markdown.ts';

/** The page with the table of exit statuses. */
export const COMMAND_LINE = 'docs/command-line.md';

export function withExitCodes(page: string): string {
  const rows = [
    ['0', 'done'],
    ['1', 'any other failure'],
    ...EXIT_CODES.map(({ code, meaning }) => [`${code}`, meaning]),
  ];
  return between(page, 'exit-codes', table(['status', 'meaning'], rows));
}
