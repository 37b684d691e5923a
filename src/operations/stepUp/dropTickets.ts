import { commands } from '../../base/schemas/generated.ts';
import { dropTickets as drop } from '../../identity/tickets.ts';
import { operation } from '../operation.ts';

export const dropTickets = operation({
  summary: 'Drop all of your tickets; no proof is needed.',
  effect: 'write',
  command: {
    name: 'dropTickets',
    notRevertible: 'credentials are never reverted',
    open: true,
    undeniable: true,
    ...commands.dropTickets,
    examples: [{ title: 'When you leave the terminal' }],
    run: async ({ tx, holder }) => ({ dropped: await drop(tx, holder) }),
  },
});
