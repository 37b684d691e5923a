import { defined } from '../base/defined.ts';
import type { ErrorKind } from '../base/errors.ts';
import {
  BusyError,
  ConflictError,
  ConnectionError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  type StewardCallError,
  UnauthenticatedError,
} from '../client/errors.ts';
import { diagnosed } from './diagnosis.ts';
import { foldedFor } from './fold.ts';
import type { ListedCommand } from './listed.ts';
import { inLines, jsonLines } from './terminal.ts';
import { WIDTH, wrapped } from './wrapped.ts';

/** The exit status for a wrong command line or call. */
export const INVALID = 2;

/** The exit status of `steward migrate --dry-run` if a run would change something. */
export const STEPS_PENDING = 7;

interface ExitCode {
  readonly code: number;
  readonly meaning: string;
  readonly of: readonly (typeof StewardCallError)[];
  /** The kinds of these errors. */
  readonly kinds: readonly ErrorKind[];
}

/** The exit statuses by class of error; all other failures have 1. */
export const EXIT_CODES: readonly ExitCode[] = [
  {
    code: INVALID,
    meaning: 'the command line, the call or its parameters are wrong',
    of: [InvalidError],
    kinds: ['invalid'],
  },
  {
    code: 3,
    meaning: 'refused: the token, or the right to do it',
    of: [UnauthenticatedError, ForbiddenError],
    kinds: ['unauthenticated', 'forbidden'],
  },
  {
    code: 4,
    meaning: 'not found: something that was named does not exist',
    of: [NotFoundError],
    kinds: ['notFound'],
  },
  {
    code: 5,
    meaning: 'the state of the data does not allow it, such as a stale plan',
    of: [ConflictError],
    kinds: ['conflict'],
  },
  { code: 6, meaning: 'busy or not reached: try again', of: [BusyError, ConnectionError], kinds: ['busy'] },
];

const statuses = (title: string, linesOf: (code: ExitCode) => readonly string[]): string =>
  [title, '  0  done', '  1  any other failure', ...EXIT_CODES.flatMap(linesOf)].join('\n');

const statusLine = ({ code, meaning }: ExitCode) => `  ${code}  ${meaning}`;

export const exitCodesHelp = statuses('Exit status:', (code) => [statusLine(code)]);

/** The same for a command, with the reasons for which it may be refused. */
export function exitCodesWith(reasons: ListedCommand['reasons'] = {}): string {
  return statuses("Exit status, with the command's own reasons:", (code) => {
    const own = code.kinds.flatMap((kind) => reasons[kind] ?? []);
    const shown = own.map((reason, i) => (i === own.length - 1 ? reason : `${reason},`));
    return [statusLine(code), ...wrapped(shown, WIDTH - INDENT.length).map((line) => `${INDENT}${line}`)];
  });
}

const INDENT = '     ';

/** What helps after a failed call. */
export interface Hints {
  /** The name that was probably meant. */
  readonly suggestion?: string;
  /** Command lines to run next. */
  readonly next?: readonly string[];
}

interface Reporting {
  readonly json: boolean;
  /** The token that was sent, to say what is wrong with it. */
  readonly token?: string | undefined;
  readonly hints?: Hints;
}

/** Reports a failed call, and sets the exit status. */
export function reportFailure(error: StewardCallError, { json, token, hints = {} }: Reporting): void {
  const code = EXIT_CODES.find(({ of }) => of.some((kind) => error instanceof kind))?.code ?? 1;
  const { reason, requestId, request } = error;
  const { message, advice = error.advice } = { message: error.message, ...diagnosed(error, token) };
  exitWith(code, { message, reason, requestId, advice, ...defined({ request }), ...hints }, json);
}

/** What can be done with a request for approval. */
const nextCommands = (request: string): string[] => [
  `  somebody else:  steward approval approve ${request} --reason TEXT`,
  `  then you:       steward approval run ${request}`,
];

interface Failure {
  readonly message: string;
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  readonly advice?: string | undefined;
  /** The request for approval that the call left. */
  readonly request?: string;
  readonly suggestion?: string;
  readonly next?: readonly string[];
}

/** Reports a failure on standard error, as JSON or as text, and sets the exit status. */
export function exitWith(code: number, failure: Failure, json: boolean): void {
  process.exitCode = code;
  const { message, reason, requestId, advice, request, suggestion, next = [] } = failure;
  const named = reason === undefined || reason === 'usage' ? '' : ` (${reason})`;
  const decisions = request === undefined ? [] : nextCommands(request);
  const meant = suggestion === undefined ? undefined : `Did you mean: ${suggestion}`;
  const id = requestId === undefined ? undefined : `Request ${requestId}`;
  const said = [`steward: ${message}${named}`, advice].flatMap((line) => (line === undefined ? [] : inLines(line)));
  // Command lines stay in one piece, to be copied.
  const lines = [...decisions, meant, ...next.map((line) => `  ${line}`), id];
  const shown = lines.flatMap((line) => (line === undefined ? [] : inLines(line)));
  const text = [...said.map((line) => foldedFor(process.stderr, line)), ...shown].join('\n');
  console.error(json ? jsonLines({ error: failure }) : text);
}
