import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { defined } from '../base/defined.ts';
import type { DryRun, JobView } from '../base/schemas/generated.ts';
import type { Answer, CommandOptions, CommandParts, StewardClient } from '../client/client.ts';
import { assertInteractive, confirmed } from './confirm.ts';
import { effectText } from './effect.ts';
import { UsageError } from './failure.ts';
import { foldedFor } from './fold.ts';
import { follow, reportRunning } from './follow.ts';
import type { ListedCommand } from './listed.ts';
import { formatted, type OutputOptions } from './output.ts';
import { jsonLines, onOneLine } from './terminal.ts';

export const YES = new Option('--yes', 'do not show the effect and ask first');

const FAILED = 5;

export interface CommandCall {
  readonly command: ListedCommand;
  readonly parts: CommandParts;
}

interface RunOptions {
  readonly yes: boolean;
  readonly json: boolean;
  readonly options: CommandOptions;
  readonly form: OutputOptions;
}

/** Whether a person should confirm this call. */
export function asksFirst({ command: { confirm }, parts: { params = {} } }: CommandCall): boolean {
  if (confirm === undefined) return false;
  return confirm.onlyWith === undefined || Boolean((params as Record<string, unknown>)[confirm.onlyWith]);
}

/**
 * Shows the effect, asks, and carries exactly that out; a job is followed to its end. A call with a plan is not asked about:
 * its effect was shown before.
 *
 * @returns the answer of the service; undefined if it was not confirmed
 * @throws UsageError if there is no terminal for the question
 */
export async function runConfirmed(
  client: StewardClient,
  call: CommandCall,
  run: RunOptions,
): Promise<Answer<unknown> | undefined> {
  const { yes, json, options, form } = run;
  const mustAsk = asksFirst(call) && !yes && options.plan === undefined;
  if (json && mustAsk)
    throw new UsageError('--json cannot ask: look at the plan with --dry-run, then run it with --yes');
  const plan = mustAsk ? await confirmedPlan(client, call, options) : options.plan;
  if (mustAsk && plan === undefined) {
    console.error('Nothing was done.');
    process.exitCode = 1;
    return undefined;
  }
  const answer = await client.command(call.command.name, call.parts, {
    idempotencyKey: randomUUID(),
    ...options,
    ...defined({ plan }),
  });
  if (call.command.beginsJob) await followJob(client, answer, { ...run, command: call.command });
  else console.log(json ? jsonLines(answer, 2) : await formatted(call.command, answer.result, form));
  return answer;
}

/** The plan of what was shown and confirmed; undefined if it was not confirmed. */
async function confirmedPlan(client: StewardClient, call: CommandCall, options: CommandOptions) {
  assertInteractive();
  const { command, parts } = call;
  const { idempotencyKey: _, plan: __, approval: ___, runWhenApproved: ____, ...dryRunOptions } = options;
  const { result } = await client.command(command.name, parts, { ...dryRunOptions, dryRun: true });
  const dryRun = result as DryRun;
  const called = onOneLine(`${command.name}${parts.user === undefined ? '' : ` ${parts.user}`}: ${command.summary}`);
  console.log(foldedFor(process.stdout, called));
  console.log(effectText(dryRun));
  const about = dryRun.total === undefined ? '' : `${dryRun.total} in all. `;
  return (await confirmed({ about, ...defined({ typed: typedFor(call) }) })) ? dryRun.plan : undefined;
}

function typedFor({ command: { confirm }, parts: { user, params = {} } }: CommandCall): string | undefined {
  const { typed } = confirm ?? {};
  if (typed === undefined) return undefined;
  return typed === 'user' ? user : String((params as Record<string, unknown>)[typed]);
}

async function followJob(
  client: StewardClient,
  { result, receipt }: Answer<unknown>,
  { command, json, form }: RunOptions & { readonly command: ListedCommand },
): Promise<void> {
  const begun = result as JobView;
  const ended = await follow(client, begun);
  if (json) console.log(jsonLines({ result: ended ?? begun, receipt }, 2));
  else if (ended !== undefined) console.log(await formatted(command, ended, form));
  if (ended === undefined) reportRunning(begun);
  else if (ended.state !== 'done') process.exitCode = FAILED;
}
