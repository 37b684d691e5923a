import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { defined } from '../base/defined.ts';
import type { DryRun, JobView } from '../base/schemas/generated.ts';
import type { CommandOptions, CommandParts, StewardClient } from '../client/client.ts';
import { assertInteractive, confirmed } from './confirm.ts';
import { UsageError } from './failure.ts';
import { follow, reportRunning } from './follow.ts';
import { renderResult } from './render.ts';
import { jsonLines } from './terminal.ts';

/** Commands that begin a job: their plan is shown first, and the job is followed to its end. */
const COMMANDS: readonly string[] = ['changeOwner', 'offboard', 'reclaim', 'revertJob', 'pruneAudit'];

export const beginsJob = (command: string): boolean => COMMANDS.includes(command);

export const YES = new Option('--yes', 'do not show the plan and ask first');

const FAILED = 5;

interface CommandCall {
  readonly command: string;
  readonly parts: CommandParts;
}

interface RunOptions {
  readonly yes: boolean;
  readonly json: boolean;
  readonly options: CommandOptions;
}

/** Shows the plan, asks, carries exactly that out, and follows the job to its end. */
export async function runJobCommand(
  client: StewardClient,
  { command, parts }: CommandCall,
  { yes, json, options }: RunOptions,
): Promise<void> {
  if (json && !yes) throw new UsageError('--json cannot ask: look at the plan with --dry-run, then run it with --yes');
  let { plan } = options;
  if (!yes) {
    assertInteractive();
    const { idempotencyKey: _, plan: __, approval: ___, runWhenApproved: ____, ...dryRunOptions } = options;
    const { result } = await client.command(command, parts, { ...dryRunOptions, dryRun: true });
    if (!(await confirmed(result as DryRun))) {
      console.error('Nothing was done.');
      process.exitCode = 1;
      return;
    }
    plan ??= (result as DryRun).plan;
  }
  const runOptions = { idempotencyKey: randomUUID(), ...options, ...defined({ plan }) };
  const { result, receipt } = await client.command(command, parts, runOptions);
  const begun = result as JobView;
  const ended = await follow(client, begun);
  if (json) console.log(jsonLines({ result: ended ?? begun, receipt }, 2));
  else if (ended !== undefined) console.log(renderResult(ended));
  if (ended === undefined) reportRunning(begun);
  else if (ended.state !== 'done') process.exitCode = FAILED;
}
