import type { Command } from 'commander';
import { defined } from '../base/defined.ts';
import { StewardCallError } from '../client/errors.ts';
import { answered } from './confirm.ts';
import { runConfirmed, YES } from './confirmedCommand.ts';
import { type ConnectionOptions, connectionOf, connectionOptions } from './connection.ts';
import { exitCodesHelp, reportFailure } from './exitCodes.ts';
import { UsageError } from './failure.ts';
import { helpExamples } from './helpExamples.ts';
import { listedCommands } from './listing.ts';
import { formatted, outputOptions } from './output.ts';
import { page } from './pager.ts';
import { numberOf, PROOF_FILE } from './parameters.ts';
import { ProvingClient } from './proof.ts';
import { renderDryRun } from './render.ts';
import { newestUndoable, reverting, type Undoable } from './revertible.ts';
import { styleOf } from './style.ts';

const EXAMPLES = helpExamples(
  ['Choose among the last things that you did', 'steward undo'],
  [
    'What a receipt or the audit names, without a question',
    'steward undo 6b04e15c3413ffb9138e1bc4-0 --yes --reason "wrong user"',
  ],
);

interface UndoOptions extends ConnectionOptions {
  readonly list?: boolean;
  readonly lines: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly proofFile?: string;
  readonly json?: boolean;
  readonly output?: string;
  readonly headers?: boolean;
}

/** Adds the argument and the options of `steward undo`. */
export function addUndo(line: Command): void {
  line
    .argument('[record]', 'the audit record of what is to be reverted; without it, the newest are shown to choose from')
    .option('--list', 'only show the newest that may be reverted')
    .option('-n, --lines <number>', 'how many are shown', numberOf('--lines'), 10)
    .option('--dry-run', 'only show what would change')
    .option('--reason <text>', 'why; kept in the audit record')
    .option(PROOF_FILE, 'a second proof of your identity, if the policy asks for one; - for standard input')
    .option('--json', 'print the answer, or the error, as JSON')
    .addOption(YES);
  for (const option of [...outputOptions(), ...connectionOptions()]) line.addOption(option);
  line.addHelpText('after', () => `${EXAMPLES}\n\n${exitCodesHelp}`).action(undo);
}

/** Shows what reverting a record would change, asks, and reverts it. @throws UsageError */
async function undo(given: string | undefined, options: UndoOptions): Promise<void> {
  const { list = false, dryRun = false, yes = false, json = false, reason, output, headers } = options;
  const form = { format: json && list ? 'json' : output, headers };
  const connection = connectionOf(options);
  const client = new ProvingClient(connection, options.proofFile);
  const commands = await listedCommands();
  try {
    const found = given === undefined ? await newestUndoable(client, commands, options.lines) : [];
    if (list && given === undefined) return page(await formatted({}, found, form));
    const record = given ?? (await chosen(found));
    if (record === undefined) {
      console.error('Nothing was done.');
      process.exitCode = 1;
      return;
    }
    const call = await reverting(client, commands, record);
    if (dryRun) {
      const { result } = await client.command(call.command.name, call.parts, { dryRun: true });
      return page(json || output !== undefined ? await formatted({}, result, form) : renderDryRun(result, styleOf()));
    }
    const done = await runConfirmed(client, call, { yes, json, options: defined({ reason }), form });
    const again = done?.receipt?.record;
    if (again !== undefined && !json) console.error(`To revert that in turn: steward undo ${again}`);
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, { json, token: connection.token });
  }
}

/** Asks which of them is meant; undefined if none is. @throws UsageError if there is none, or no terminal to ask at */
async function chosen(found: readonly Undoable[]): Promise<string | undefined> {
  const [newest] = found;
  if (newest === undefined) {
    throw new UsageError('none of the last things that you did can be reverted; name a record: steward undo RECORD');
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError(
      `there is no terminal to ask which record is meant: see steward undo --list, then name it: steward undo ${newest.record} --yes`,
    );
  }
  const rows = found.map(({ at, call, record }, i) => ({ no: i + 1, at, call, record }));
  console.log(await formatted({}, rows, {}));
  const answer = await answered(`\nWhich? [1-${found.length}, or none] `);
  return /^\d+$/.test(answer ?? '') ? found[Number(answer) - 1]?.record : undefined;
}
