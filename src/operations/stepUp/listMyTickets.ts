import { defined } from '../../base/defined.ts';
import { commands } from '../../base/schemas/generated.ts';
import { passkeysOf } from '../../identity/passkeys.ts';
import { ticketsOf, usableTickets } from '../../identity/tickets.ts';
import { totpOfUser } from '../../identity/totp.ts';
import { operation } from '../operation.ts';
import { passkeyShown, ticketShown } from './shown.ts';

export const listMyTickets = operation({
  summary: 'Show your tickets, and what you can open one with.',
  effect: 'read',
  needs: ['proofs', 'digestOf', 'people'],
  command: {
    name: 'listMyTickets',
    open: true,
    undeniable: true,
    ...commands.listMyTickets,
    examples: [{ title: 'What can I prove my identity with?' }],
    run: async ({ reader, proofs, digestOf, people, holder, now }) => {
      const { principal } = holder;
      const all = await ticketsOf(reader, principal._id);
      const usable = await usableTickets(reader, holder, { digestOf, now });
      const isUsable = (id: string) => usable.some(({ _id }) => _id === id);
      const totp = await totpOfUser((from, id) => reader.get(from, id), principal._id);
      const keys = await passkeysOf((from, id) => reader.get(from, id), principal._id);
      const nameOf = await people.names(all.flatMap(({ delegate }) => delegate ?? []));
      return {
        proofs: [...(await proofs.kindsOf(reader, principal))],
        ...defined({ recoveryCodesLeft: totp?.recoveryCodes?.length }),
        ...(keys.length === 0 ? {} : { passkeys: keys.map(passkeyShown) }),
        tickets: all.map((ticket) => ticketShown(ticket, isUsable(ticket._id), nameOf)),
      };
    },
  },
});
