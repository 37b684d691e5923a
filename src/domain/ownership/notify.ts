import type { Party } from '../../identity/party.ts';
import type { Transaction } from '../../store/transaction.ts';

/** Notifies both users of a transfer; the members of a role are not notified. */
export function notifyOfTransfer(
  tx: Transaction,
  { from, to }: { readonly from: Party; readonly to: Party },
  what: string,
): void {
  if (to.kind === 'user') {
    tx.notify({ to: to.id, about: 'resourcesGiven', text: `You are given ${what} of ${from.wire}.` });
  }
  if (from.kind === 'user') {
    tx.notify({ to: from.id, about: 'resourcesTaken', text: `${to.wire} is given ${what} of yours.` });
  }
}
