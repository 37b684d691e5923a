import { defined } from '../../base/defined.ts';
import type { Passkey } from '../../identity/passkeys.ts';
import { expiryOf, type Ticket } from '../../identity/tickets.ts';

/** A ticket as its holder sees it. */
export function ticketShown(ticket: Ticket, usable: boolean, nameOf: (id: string) => string) {
  const { _id: id, commands, provedBy, provedAt, openedAt, usesLeft, delegate } = ticket;
  return {
    id,
    ...defined({ commands: commands && [...commands], usesLeft, through: delegate && nameOf(delegate) }),
    provedBy,
    proved: provedAt.toISOString(),
    opened: openedAt.toISOString(),
    expires: expiryOf(ticket).toISOString(),
    usable,
  };
}

/** A passkey as its holder sees it. */
export const passkeyShown = ({ id, name, addedAt }: Passkey) => ({ id, name, added: addedAt.toISOString() });
