import type { Holder } from '../identity/holder.ts';
import { type Ticket, tickets } from '../identity/tickets.ts';
import type { Reader } from '../store/collection.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import type { CallContext } from './callContext.ts';
import type { CheckedCall } from './decision.ts';
import type { GateParts } from './parts.ts';
import { draftOfAid } from './records.ts';
import { ticketFor } from './ticketSearch.ts';
import { isDelegated } from './typeDelegation.ts';

/** The caller with their credential, to whom a ticket belongs. */
function holderOf({ caller, rank, origin }: Pick<CallContext, 'caller' | 'rank' | 'origin'>): Holder {
  const { principal, delegate, credential } = caller;
  const actor = { principal, rank, ...(delegate === undefined ? {} : { delegate: delegate.principal }) };
  return { ...actor, credential, address: origin.address };
}

/**
 * Step 8, before the command runs: refuses the call if the policy asks for a ticket and the caller has none.
 *
 * @returns the ticket that was asked for
 * @throws ticket_required
 */
export async function assertTicket(parts: GateParts, call: CheckedCall): Promise<Ticket | undefined> {
  return call.context.requirements.tickets.length === 0 ? undefined : ticketOf(parts, call, parts.database);
}

/**
 * Step 8, once everything that is required is there: a read, and a call that another service carries out, uses the ticket
 * before it runs. A read that was approved uses it together with the approval, and a dry run uses none.
 *
 * @throws ticket_required
 */
export async function useTicketAhead(parts: GateParts, call: CheckedCall, ticket: Ticket | undefined): Promise<void> {
  const { context, command, validated } = call;
  const { dryRun, approval } = validated.options;
  if (ticket?.usesLeft === undefined || context.hasUsedTicket || dryRun || approval !== undefined) return;
  if (command.effect === 'write' && !isDelegated(parts, command)) return;
  await useAhead(parts, call);
  context.hasUsedTicket = true;
}

/**
 * Step 8 inside the transaction of a write: uses the ticket, once the write did what its plan showed.
 *
 * @throws ticket_required
 */
export async function useTicket(parts: GateParts, call: CheckedCall, tx: Transaction): Promise<void> {
  if (call.context.requirements.tickets.length === 0) return;
  const reader: Reader = { ...tx.untracked, get: (from, id) => tx.rely(from, id) };
  const ticket = await ticketOf(parts, call, reader);
  await tx.rely(tickets, ticket._id);
  if (ticket.usesLeft !== undefined) await tx.update(tickets, ticket, { ...ticket, usesLeft: ticket.usesLeft - 1 });
}

/** Uses the ticket in a transaction of its own, with its own record, since the call has none or comes too late. */
async function useAhead(parts: GateParts, call: CheckedCall): Promise<void> {
  const { database, journal, now } = parts;
  await transact(database, { now }, async (tx) => {
    await useTicket(parts, call, tx);
    if (tx.changes.length === 0) return;
    await journal.appendIn(tx, draftOfAid('useTicket', call.context, tx));
  });
}

/** As {@link ticketFor}, for a call in the gate. @throws ticket_required */
const ticketOf = (parts: GateParts, { context, command }: CheckedCall, reader: Reader): Promise<Ticket> =>
  ticketFor(parts, { holder: holderOf(context), command, wanted: context.requirements.tickets }, reader);
