import { type Command, Option } from 'commander';
import type { JobView } from '../base/schemas/generated.ts';
import { shellQuoted } from '../base/text.ts';
import type { Answer } from '../client/client.ts';
import { ConnectionError, StewardCallError, UnauthenticatedError } from '../client/errors.ts';
import { type BatchLine, batchLines } from './batchLines.ts';
import { BatchReport, type LineError, type LineOutcome } from './batchReport.ts';
import { type BatchRun, keyOf, newRun, resumedRun } from './batchRun.ts';
import { assertInteractive, confirmed } from './confirm.ts';
import { asksFirst } from './confirmedCommand.ts';
import { type ConnectionOptions, connectionOf, connectionOptions } from './connection.ts';
import { diagnosed } from './diagnosis.ts';
import { UsageError } from './failure.ts';
import { readInput } from './inputFiles.ts';
import type { ListedCommand } from './listed.ts';
import { PROOF_FILE } from './parameters.ts';
import { ProvingClient } from './proof.ts';
import { onOneLine } from './terminal.ts';

const INTERRUPTED = 130;

interface BatchOptions extends ConnectionOptions {
  readonly batch?: string;
  readonly keepGoing?: boolean;
  readonly resume?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly proofFile?: string;
}

const OPTIONS = [
  new Option('--batch <file>', 'run the commands in a file, one on each line; - for the standard input'),
  new Option('--keep-going', 'with --batch: go on after a line that failed'),
  new Option('--resume <run>', 'with --batch: continue this run; what was done is not done again'),
  new Option('--reason <text>', 'with --batch: why, for lines without a reason of their own'),
  new Option('--yes', 'with --batch: do not ask, whatever the commands are'),
  new Option(PROOF_FILE, 'with --batch: a second proof of your identity, if the policy asks for one'),
  new Option('--json', 'with --batch: print the outcome of each line, and last the summary, as JSON'),
];

/** Adds the options of `steward sudo --batch`. @param isCalled whether the words of the command line begin with an option */
export function addBatch(sudo: Command, commands: readonly ListedCommand[], isCalled: boolean): void {
  sudo.enablePositionalOptions();
  for (const option of [...OPTIONS, ...connectionOptions()]) sudo.addOption(option);
  if (isCalled) sudo.action((options: BatchOptions) => batch(options, commands));
}

/**
 * Runs the commands of a batch, one after another. Each has an idempotency key of the run and the line, so that a run that was
 * interrupted at any point can be resumed, and each line is carried out exactly once.
 *
 * @throws UsageError before anything is sent
 */
async function batch(options: BatchOptions, commands: readonly ListedCommand[]): Promise<void> {
  const { batch: file, resume, reason, yes = false, json = false } = options;
  if (file === undefined) throw new UsageError('name a command, or give a batch with --batch FILE');
  const now = new Date();
  const run = resume === undefined ? newRun(now) : resumedRun(resume, now);
  const lines = await batchLines(readInput(file), { commands, now: run.begun });
  const connection = connectionOf(options);
  const client = new ProvingClient(connection, options.proofFile);
  if (!yes && !(await mayRun(lines, file))) {
    console.error('Nothing was done.');
    process.exitCode = 1;
    return;
  }
  const report = new BatchReport({
    run: run.id,
    total: lines.length,
    json,
    resume: `${repeated(options, file)} --resume ${run.id}`,
  });
  await report.begin();
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  try {
    for (const line of lines) {
      if (stop.signal.aborted) break;
      const came = await outcomeOf(client, line, { run, reason, token: connection.token });
      report.add(line, came);
      if (came.outcome === 'failed' && (came.isLast || options.keepGoing !== true)) break;
    }
  } finally {
    process.off('SIGINT', onSignal);
    report.end();
  }
  if (stop.signal.aborted) process.exitCode = INTERRUPTED;
  else if (report.failed > 0) process.exitCode = 1;
}

/** The command line again, with all that must be the same when the run is resumed, but for a token. */
function repeated({ keepGoing, yes, json, reason, server, profile }: BatchOptions, file: string): string {
  const flags = Object.entries({ 'keep-going': keepGoing, yes, json }).flatMap(([name, isSet]) =>
    isSet ? [name] : [],
  );
  const given = Object.entries({ reason, server, profile });
  const options = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${shellQuoted(value)}`]));
  return ['steward sudo --batch', shellQuoted(file), ...flags.map((name) => `--${name}`), ...options].join(' ');
}

/** Asks if some lines should be confirmed. @throws UsageError if there is no terminal for the question */
async function mayRun(lines: readonly BatchLine[], file: string): Promise<boolean> {
  const asking = lines.filter(asksFirst);
  if (asking.length === 0) return true;
  const first = asking[0];
  if (file === '-') {
    throw new UsageError(
      `a batch on the standard input cannot ask (line ${first?.number}: ${first?.command.name}): run it with --yes`,
    );
  }
  assertInteractive();
  const count = (name: string) => asking.filter(({ command }) => command.name === name).length;
  const names = [...new Set(asking.map(({ command }) => command.name))];
  for (const { number, command, parts } of asking) {
    console.log(onOneLine(`line ${number}: ${command.name} ${parts.user ?? ''}: ${command.summary}`));
  }
  const counts = names.map((name) => `${count(name)} of ${name}`).join(', ');
  return confirmed({ about: `${lines.length} lines, ${counts}. ` });
}

interface Running {
  readonly run: BatchRun;
  readonly reason: string | undefined;
  readonly token: string;
}

type Came = LineOutcome & { readonly isLast?: boolean };

async function outcomeOf(client: ProvingClient, line: BatchLine, { run, reason, token }: Running): Promise<Came> {
  const { command, parts, digest } = line;
  const given = Object.fromEntries(Object.entries(line.options).filter(([, value]) => value !== undefined));
  const options = { ...(reason === undefined ? {} : { reason }), ...given, idempotencyKey: keyOf(run, digest) };
  try {
    const answer = await client.command(command.name, parts, options);
    return command.beginsJob ? await ended(client, answer) : { outcome: 'done', ...answer };
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    const { reason: why, requestId } = error;
    const { message, advice = error.advice } = { message: error.message, ...diagnosed(error, token) };
    // Every later line would fail alike.
    const isLast = error instanceof ConnectionError || error instanceof UnauthenticatedError;
    return { outcome: 'failed', error: { message, reason: why, requestId, advice } satisfies LineError, isLast };
  }
}

/** Waits for a job, so that later lines find what it does. */
async function ended(client: ProvingClient, { result, receipt }: Answer<unknown>): Promise<Came> {
  const job = await client.waitForJob((result as JobView).job);
  if (job.state === 'done') return { outcome: 'done', result: job, receipt };
  const message = `the job ${job.job} is ${job.state}: ${job.failed} of ${job.total} failed`;
  return { outcome: 'failed', error: { message, reason: `job_${job.state}` } };
}
