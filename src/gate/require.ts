import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import type { CheckedCall } from './decision.ts';
import type { GateParts } from './parts.ts';

/**
 * Step 8, before the command runs: checks the options that were sent, and what the policy requires.
 *
 * @throws option_invalid, reason_required
 */
export async function assertRequired(_parts: GateParts, { passage, command, validated }: CheckedCall): Promise<void> {
  const { plan, reason } = validated.options;
  if (plan !== undefined && command.effect === 'read')
    throw refuse('option_invalid', 'plan is for commands that write');
  for (const { rule, pattern, matches } of passage.requirements.reasons) {
    if (reason !== undefined && matches(reason)) continue;
    throw refuse('reason_required', pattern === undefined ? '' : ` that matches /${pattern}/`, command.name, rule);
  }
}

/**
 * Step 8 again, inside the transaction of a write: checks what may have changed since, and uses up what can be used
 * only so often.
 */
export async function useRequired(_parts: GateParts, _call: CheckedCall, _tx: Transaction): Promise<void> {}
