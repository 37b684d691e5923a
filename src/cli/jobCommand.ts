import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import type { DryRun, JobView } from '../base/schemas/generated.ts';
import type { CommandOptions, CommandParts, StewardClient } from '../client/client.ts';
import { assertSomebodyThere, confirmed } from './confirm.ts';
import { UsageError } from './failure.ts';
import { follow, leave } from './follow.ts';
import { renderResult } from './render.ts';
import { jsonLines } from './terminal.ts';

/** Commands that move more than one thing: shown first, and then watched. */
const COMMANDS: readonly string[] = ['changeOwner', 'offboard', 'reclaim', 'revertJob'];

export const beginsJob = (command: string): boolean => COMMANDS.includes(command);

export const YES = new Option('--yes', 'do it without showing it first and asking');

const FAILED = 5;

interface Called {
  readonly command: string;
  readonly parts: CommandParts;
}

interface Said {
  readonly yes: boolean;
  readonly json: boolean;
  readonly options: CommandOptions;
}

/** Shows the plan, asks, does exactly that, and watches it to its end. */
export async function runJobCommand(
  client: StewardClient,
  { command, parts }: Called,
  { yes, json, options }: Said,
): Promise<void> {
  if (json && !yes) throw new UsageError('--json asks nothing: look at it with --dry-run, then say --yes');
  const { plan: given, ...others } = options;
  let plan = given;
  if (!yes) {
    assertSomebodyThere();
    const { idempotencyKey: _, ...shown } = others;
    const { result } = await client.command(command, parts, { ...shown, dryRun: true });
    if (!(await confirmed(result as DryRun))) {
      console.error('Nothing was done.');
      process.exitCode = 1;
      return;
    }
    plan ??= (result as DryRun).plan;
  }
  const said = { idempotencyKey: randomUUID(), ...others, ...(plan === undefined ? {} : { plan }) };
  const { result, receipt } = await client.command(command, parts, said);
  const begun = result as JobView;
  const ended = await follow(client, begun);
  if (json) console.log(jsonLines({ result: ended ?? begun, receipt }, 2));
  else if (ended !== undefined) console.log(renderResult(ended));
  if (ended === undefined) leave(begun);
  else if (ended.state !== 'done') process.exitCode = FAILED;
}
