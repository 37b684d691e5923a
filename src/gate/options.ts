import { refuse } from '../base/errors.ts';
import { cutToCharacters } from '../base/text.ts';
import type { CommandObject, OptionName } from './decode.ts';

/** The options of the command object, beside KBase's four keys. */
export interface Options {
  /** Why the command is run; kept in the audit record. */
  readonly reason?: string;
  readonly dryRun: boolean;
  /** Makes a repeated call harmless. */
  readonly idempotencyKey?: string;
  /** The plan that a dry run returned: the write is refused unless it would do exactly the same. */
  readonly plan?: string;
  /** The id of the approved request for this call. */
  readonly approval?: string;
  /** Whether the call, if it needs approval, runs by itself after the last one. */
  readonly runWhenApproved?: true;
}

const MAX_REASON = 1000;
const MAX_KEY = 255;

/** @throws option_invalid */
export function readOptions({ options }: CommandObject): Options {
  const { reason, dryRun, idempotencyKey, plan, approval, runWhenApproved } = options;
  if (dryRun !== undefined && typeof dryRun !== 'boolean') {
    throw refuse('option_invalid', 'dryRun must be the JSON boolean true or false');
  }
  if (dryRun && plan !== undefined) {
    throw refuse('option_invalid', 'dryRun makes a plan and plan carries one out: send only one of the two');
  }
  if (runWhenApproved !== undefined && typeof runWhenApproved !== 'boolean') {
    throw refuse('option_invalid', 'runWhenApproved must be the JSON boolean true or false');
  }
  const unneeded = dryRun ? ['approval', 'runWhenApproved'] : approval === undefined ? [] : ['runWhenApproved'];
  const idle = unneeded.find(
    (name) => options[name as OptionName] !== undefined && options[name as OptionName] !== false,
  );
  if (idle !== undefined) {
    const why = dryRun ? 'a dry run needs no approval' : 'it is to be run now, under the approval';
    throw refuse('option_invalid', `${idle} has no effect here, since ${why}: leave it out`);
  }
  return {
    dryRun: dryRun ?? false,
    ...(reason === undefined ? {} : { reason: textOption('reason', reason, MAX_REASON) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: textOption('idempotencyKey', idempotencyKey, MAX_KEY) }),
    ...(plan === undefined ? {} : { plan: planOption(plan) }),
    ...(runWhenApproved ? { runWhenApproved } : {}),
    ...(approval === undefined ? {} : { approval: approvalOption(approval) }),
  };
}

function textOption(name: string, value: unknown, max: number): string {
  // A lone surrogate would be stored as another character than was hashed.
  if (
    typeof value !== 'string' ||
    value.trim() === '' ||
    cutToCharacters(value, max) !== value ||
    /\p{Surrogate}/u.test(value)
  ) {
    throw refuse('option_invalid', `${name} must be a text of 1 to ${max} characters`);
  }
  return value;
}

function planOption(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
    throw refuse('option_invalid', 'plan must be the `plan` that a dry run answered: 64 hexadecimal digits');
  }
  return value;
}

function approvalOption(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{24}$/.test(value)) {
    throw refuse('option_invalid', 'approval must be the id of a request for approval: 24 hexadecimal digits');
  }
  return value;
}
