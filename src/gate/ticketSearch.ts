import { refuse } from '../base/errors.ts';
import type { Holder } from '../identity/holder.ts';
import { type Ticket, usableTickets } from '../identity/tickets.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import type { Reader } from '../store/collection.ts';
import type { GateParts } from './parts.ts';
import type { TicketRequirement } from './policy/requirements.ts';

/** A call for which the policy asks for a ticket. */
export interface TicketCall {
  readonly holder: Holder;
  readonly command: Pick<DeclaredCommand, 'name'>;
  readonly wanted: readonly TicketRequirement[];
}

/** The holder's ticket that is good for this call; one without a number of uses comes first. @throws ticket_required */
export async function ticketFor(
  { database, now, dependencies }: Pick<GateParts, 'database' | 'now' | 'dependencies'>,
  { holder, command, wanted }: TicketCall,
  reader: Reader,
): Promise<Ticket> {
  const at = now();
  const maxAgeMinutes = Math.min(...wanted.map((requirement) => requirement.maxAgeMinutes));
  const digestOf = (value: unknown) => database.keyedDigest(value);
  const usable = holder.credential === undefined ? [] : await usableTickets(reader, holder, { digestOf, now: at });
  const forCommand = usable.filter(({ commands }) => commands?.includes(command.name) ?? true);
  const newEnough = forCommand.filter(({ provedAt }) => at.getTime() - provedAt.getTime() <= maxAgeMinutes * 60_000);
  const found = newEnough.find(({ usesLeft }) => usesLeft === undefined) ?? newEnough[0];
  if (found !== undefined) return found;
  const rules = [...new Set(wanted.map(({ rule }) => rule))].join(', ');
  throw refuse('ticket_required', command.name, rules, await detailOf());

  async function detailOf(): Promise<string> {
    const proofs = `prove your identity with ${await dependencies.proofs.named(reader, holder.principal)}`;
    if (usable.length === 0) return `: ${proofs}`;
    if (forCommand.length === 0) return `, and yours is for other commands: ${proofs}`;
    return `, and the proof of yours is older than ${maxAgeMinutes} minutes: ${proofs}`;
  }
}
