import { createHash } from 'node:crypto';
import { type ParseEntry, parse } from 'shell-quote';
import { isObject } from '../base/json/isObject.ts';
import type { CommandOptions, CommandParts } from '../client/client.ts';
import { UsageError } from './failure.ts';
import type { ListedCommand } from './listed.ts';
import { requestLine } from './request.ts';

/** A line of a batch: a command with all that it is called with. */
export interface BatchLine {
  /** The number of the line in the file, from 1. */
  readonly number: number;
  readonly text: string;
  readonly command: ListedCommand;
  readonly parts: CommandParts;
  readonly options: CommandOptions;
  /** Differs between lines, also between equal ones, and stays the same when the batch is read again. */
  readonly digest: string;
}

/** The keys of a command object that a line may have. */
const KEYS = ['command', 'user', 'module', 'params', 'reason', 'plan', 'approval', 'runWhenApproved'];

/** The options that mean nothing within a batch, which has its own. */
const NOT_HERE = [
  'dryRun',
  'idempotencyKey',
  'proofFile',
  'json',
  'output',
  'server',
  'token',
  'profile',
  'yes',
  'watch',
];

const MAX_PROBLEMS = 10;

interface Reading {
  readonly commands: readonly ListedCommand[];
  /** The time from which short times count: when a run is resumed, that of its beginning. */
  readonly now: Date;
}

/**
 * The lines of a batch, each a command as after `steward sudo`, or a command object as JSON. Empty lines and those that begin
 * with `#` are left out.
 *
 * @throws UsageError which names each line that is wrong
 */
export async function batchLines(content: string, { commands, now }: Reading): Promise<BatchLine[]> {
  const known = new Map(commands.map((command) => [command.name, command]));
  const seen = new Map<string, number>();
  const lines: BatchLine[] = [];
  const problems: string[] = [];
  for (const [i, written] of content.split('\n').entries()) {
    const text = written.trim();
    if (text === '' || text.startsWith('#')) continue;
    const number = i + 1;
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    try {
      const request = text.startsWith('{') ? fromObject(text, known) : await fromWords(text, known, now);
      lines.push({ number, text, digest: digestOf(text, times), ...request });
    } catch (error) {
      problems.push(`line ${number}: ${error instanceof Error ? error.message.replace(/^error: /, '') : error}`);
    }
  }
  if (problems.length > 0) throw new UsageError(summaryOf(problems));
  if (lines.length === 0) throw new UsageError('the batch has no commands');
  return lines;
}

function summaryOf(problems: readonly string[]): string {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more lines`] : [];
  return ['nothing was sent, since the batch has errors:', ...problems.slice(0, MAX_PROBLEMS), ...more].join('\n');
}

/** @param times how often the same line has occurred up to here */
const digestOf = (text: string, times: number): string =>
  createHash('sha256').update(`${times}\n${text}`).digest('hex').slice(0, 32);

type Known = ReadonlyMap<string, ListedCommand>;
type Called = Pick<BatchLine, 'command' | 'parts' | 'options'>;

function fromObject(text: string, known: Known): Called {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    throw new UsageError('it begins like JSON and is none');
  }
  if (!isObject(object)) throw new UsageError('it must be a command object');
  const given = object as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new UsageError(`a line has no key ${unknown}: it takes ${KEYS.join(', ')}`);
  const { command: name, user, module, params = {}, ...options } = given;
  if (!isObject(params)) throw new UsageError('params must be a JSON object');
  const command = commandNamed(name, known);
  const unlisted = Object.keys(command.isClosed ? params : {}).find(
    (key) => !command.parameters.some((parameter) => parameter.name === key),
  );
  if (unlisted !== undefined) throw new UsageError(`${command.name} has no parameter ${unlisted}`);
  return { command, parts: { user, module, params } as CommandParts, options };
}

async function fromWords(text: string, known: Known, now: Date): Promise<Called> {
  const [name, ...words] = wordsOf(text);
  const command = commandNamed(name, known);
  let called: Called | undefined;
  const line = requestLine(command, {
    run: async ({ parts, options, own }) => {
      const other = NOT_HERE.find((option) => own(option) !== undefined);
      if (other !== undefined) throw new UsageError(`${other} belongs to the whole batch, not to a line`);
      if (own('headers') === false) throw new UsageError('--no-headers has no meaning in a batch');
      called = { command, parts, options };
    },
    now,
  });
  // Errors are thrown, and nothing is printed.
  line
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeErr: () => undefined, writeOut: () => undefined });
  await line.parseAsync(words, { from: 'user' });
  if (called === undefined) throw new UsageError('it is not a call');
  return called;
}

function commandNamed(name: unknown, known: Known): ListedCommand {
  const command = typeof name === 'string' ? known.get(name) : undefined;
  if (command !== undefined) return command;
  throw new UsageError(name === undefined ? 'it names no command' : `unknown command '${name}'`);
}

/** The words of a line, quoted as in a shell; variables are not replaced. @throws UsageError */
function wordsOf(text: string): string[] {
  const entries: ParseEntry[] = parse(text, (name) => `$${name}`);
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    if ('comment' in entry) return [];
    if (entry.op === 'glob') return [entry.pattern];
    throw new UsageError(`${entry.op} has no meaning here: put it in quotes`);
  });
}
