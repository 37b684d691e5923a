import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { assertApproved, type PreviewCall } from './approvals.ts';
import type { CallContext } from './callContext.ts';
import type { CheckedCall } from './decision.ts';
import type { GateParts } from './parts.ts';
import { assertTicket, useTicket, useTicketAhead } from './tickets.ts';

/**
 * Step 8, before the command runs: checks the options that were sent, and what the policy requires.
 *
 * @throws option_invalid, reason_required, ticket_required, and as {@link assertApproved}
 */
export async function assertRequired(parts: GateParts, call: CheckedCall, preview: PreviewCall): Promise<void> {
  const { context, command, validated } = call;
  const { plan } = validated.options;
  if (plan !== undefined && command.effect === 'read')
    throw refuse('option_invalid', 'plan is for commands that write');
  if (!isLifted(context)) assertReasons(call);
  const ticket = isLifted(context) ? undefined : await assertTicket(parts, call);
  await assertApproved(parts, call, preview);
  await useTicketAhead(parts, call, ticket);
}

/**
 * Step 8 again, inside the transaction of a write: checks what may have changed since, and uses up what can be used
 * only so often. It comes after the run, so that what it changes is not part of the plan.
 */
export async function useRequired(parts: GateParts, call: CheckedCall, tx: Transaction): Promise<void> {
  if (isLifted(call.context)) return;
  assertReasons(call);
  await useTicket(parts, call, tx);
}

function assertReasons({ context, command, validated: { options } }: CheckedCall): void {
  for (const { rule, pattern, matches } of context.requirements.reasons) {
    if (options.reason !== undefined && matches(options.reason)) continue;
    throw refuse('reason_required', pattern === undefined ? '' : ` that matches /${pattern}/`, command.name, rule);
  }
}

/** Whether the caller has broken the glass, so that nothing is required of them. */
const isLifted = ({ glass }: CallContext): boolean => glass !== undefined;
