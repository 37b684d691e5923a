import type { Party } from '../../identity/party.ts';
import type { Transaction } from '../../store/transaction.ts';

/** Tells both sides that things change hands; the members of a role are not told one by one. */
export function tellOfTransfer(tx: Transaction, from: Party, to: Party, what: string): void {
  if (to.kind === 'user') {
    tx.tell({ to: to.id, about: 'resourcesGiven', text: `You are given ${what} of ${from.wire}.` });
  }
  if (from.kind === 'user') {
    tx.tell({ to: from.id, about: 'resourcesTaken', text: `${to.wire} is given ${what} of yours.` });
  }
}
