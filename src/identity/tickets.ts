import { defined } from '../base/defined.ts';
import type { Digester } from '../store/changes.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Holder } from './holder.ts';
import { passwords } from './passwords.ts';
import { type Principal, principals } from './principal.ts';
import { ROSTER_ID, rosters } from './roster.ts';
import { totpOfUser } from './totp.ts';

/** What somebody proved their identity with a second time. */
export type ProofKind = 'passkey' | 'password' | 'totp' | 'recoveryCode' | 'token';

/**
 * What remains, for some minutes, of a second proof of identity: with it, its holder may run commands for which the policy
 * asks for a ticket. It is never sent: like the timestamp of sudo, it is found by its holder.
 */
export interface Ticket extends Stored {
  /** The person, also if a service acts for them. */
  readonly principal: string;
  /** The service that acts for the person, if any. */
  readonly delegate?: string;
  /** A keyed digest of the credential that opened it. No other credential can use it. */
  readonly credential: string;
  /** The only commands that it is for. */
  readonly commands?: readonly string[];
  readonly provedBy: ProofKind;
  /** When the proof was given: to the issuer, if it is a token. */
  readonly provedAt: Date;
  readonly openedAt: Date;
  readonly minutes: number;
  /** How often it can still be used; absent: as often as wanted. */
  readonly usesLeft?: number;
  /** A digest of the holder's account and rights at the opening. The ticket is void once they differ. */
  readonly stamp: string;
}

/** The longest that a ticket can last. */
const MAX_TICKET_MINUTES = 60;

export const tickets = collection<Ticket>('tickets', {
  indexes: [
    { key: { openedAt: 1 }, expireAfterSeconds: MAX_TICKET_MINUTES * 60 },
    { key: { principal: 1 } },
    { key: { delegate: 1 }, sparse: true },
  ],
});

/** The most tickets of one person; a further one replaces the oldest. */
const MAX_TICKETS = 20;

/** A ticket that is asked for, and the proof that was given. */
export interface NewTicket extends Pick<Ticket, 'provedBy' | 'minutes' | 'commands' | 'usesLeft'> {
  /** The time of the transaction when absent. */
  readonly provedAt?: Date | undefined;
}

/** Opens a ticket for a holder who has proved their identity. The holder must have a credential. */
export async function openTicket(
  tx: Transaction,
  holder: Holder,
  { provedBy, provedAt, minutes, commands, usesLeft, digestOf }: NewTicket & { readonly digestOf: Digester['digest'] },
): Promise<Ticket> {
  await makeRoom(tx, holder.principal._id);
  return tx.insert(tickets, {
    _id: tx.newId('ticket-'),
    principal: holder.principal._id,
    ...defined({ delegate: holder.delegate?._id, commands, usesLeft }),
    ...{ provedBy, minutes, provedAt: provedAt ?? tx.now, openedAt: tx.now },
    credential: credentialOf(holder, digestOf),
    stamp: await stampOf((from, id) => tx.get(from, id), holder, digestOf),
  });
}

async function makeRoom(tx: Transaction, principal: string): Promise<void> {
  const present = await ticketsOf(tx, principal);
  const live = present.filter((ticket) => expiryOf(ticket) > tx.now);
  const kept = live.slice(Math.max(0, live.length - MAX_TICKETS + 1));
  await tx.removeEach(
    tickets,
    present.filter((ticket) => !kept.includes(ticket)),
  );
}

/** All tickets of a person, the oldest first. */
export async function ticketsOf(reader: Reader, principal: string): Promise<Ticket[]> {
  const found = await reader.find(tickets, { principal: { $eq: principal } });
  return found.sort((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
}

/** The tickets that this holder can use now. */
export async function usableTickets(
  reader: Reader,
  holder: Holder,
  { digestOf, now }: { readonly digestOf: Digester['digest']; readonly now: Date },
): Promise<Ticket[]> {
  const own = (await ticketsOf(reader, holder.principal._id)).filter((ticket) => isOf(ticket, holder, digestOf));
  if (own.length === 0) return [];
  const stamp = await stampOf((from, id) => reader.get(from, id), holder, digestOf);
  return own.filter((ticket) => ticket.stamp === stamp && isLive(ticket, now));
}

export const expiryOf = ({ openedAt, minutes }: Ticket): Date => new Date(openedAt.getTime() + minutes * 60_000);

/** If the clock was set back, a ticket may come from the future. It counts as expired. */
function isLive(ticket: Ticket, now: Date): boolean {
  const { provedAt, openedAt, usesLeft = 1 } = ticket;
  return provedAt <= now && openedAt <= now && now < expiryOf(ticket) && usesLeft > 0;
}

/** Whether the ticket was opened by this holder, with the same credential. */
function isOf({ credential, delegate }: Ticket, holder: Holder, digestOf: Digester['digest']): boolean {
  return delegate === holder.delegate?._id && credential === credentialOf(holder, digestOf);
}

/** Drops the tickets of a person or, if a service acts for them, those that it opened for them. */
export async function dropTickets(tx: Transaction, { principal, delegate }: Pick<Holder, 'principal' | 'delegate'>) {
  const found = await ticketsOf(tx, principal._id);
  const dropped = delegate === undefined ? found : found.filter((ticket) => ticket.delegate === delegate._id);
  await tx.removeEach(tickets, dropped);
  return dropped.length;
}

/** Drops every ticket of a user, also those that they opened as a service for others. */
export async function forgetTicketsOf(tx: Transaction, { _id }: Pick<Principal, '_id'>): Promise<void> {
  const theirs = { $or: [{ principal: { $eq: _id } }, { delegate: { $eq: _id } }] };
  await tx.removeEach(tickets, await tx.find(tickets, theirs));
}

const credentialOf = ({ credential }: Holder, digestOf: Digester['digest']): string =>
  digestOf(['credential', credential]);

/**
 * A digest of all that a ticket dies with: names and states of the accounts, entries on the roster, the rank, the
 * password and the second factor.
 */
async function stampOf(
  get: Reader['get'],
  { principal, delegate, rank }: Holder,
  digestOf: Digester['digest'],
): Promise<string> {
  const roster = await get(rosters, ROSTER_ID);
  const accounts = [];
  for (const { _id } of delegate === undefined ? [principal] : [principal, delegate]) {
    const account = await get(principals, _id);
    const entry = roster?.admins.find((admin) => admin.principal === _id);
    accounts.push([_id, account?.username, account?.state, account?.issuer, account?.subject, entry ?? null]);
  }
  const password = await get(passwords, principal._id);
  const totp = await totpOfUser(get, principal._id);
  return digestOf(['stamp', accounts, rank, password?.hash ?? null, totp?.secret ?? null]);
}
