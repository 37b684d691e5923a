import { abbreviated } from '../base/text.ts';
import { principals } from '../identity/principal.ts';
import type { Database } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import { type Letter, outbox } from './outbox.ts';

/** An e-mail for the mail server. `id` is the same at each attempt, so that copies can be recognised. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands an e-mail over to the mail server. @throws if the server does not accept it */
export type Send = (mail: Mail) => Promise<void>;

export interface DeliveryOptions {
  readonly database: Database;
  readonly send: Send;
  readonly now: () => Date;
  /** Called for each e-mail that was not accepted. */
  readonly onError: (error: unknown) => void;
}

/** How many e-mails one round sends. */
const ROUND = 100;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** An e-mail that failed for this long is not tried again; the notice itself remains. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/**
 * Sends the e-mails that are due, oldest first; by one instance at a time. An e-mail leaves the outbox once the mail
 * server has accepted it: if the process is killed in between, it is sent twice, but never lost.
 */
export async function deliverDue(options: DeliveryOptions, signal: AbortSignal): Promise<void> {
  const { database, now } = options;
  for (;;) {
    const due = await database.find(outbox, { dueAt: { $lte: now() } }, { sort: { dueAt: 1 }, limit: ROUND });
    for (const letter of due) {
      if (signal.aborted) return;
      await deliver(options, letter);
    }
    if (due.length < ROUND) return;
  }
}

async function deliver({ database, send, now, onError }: DeliveryOptions, letter: Letter): Promise<void> {
  const person = await database.get(principals, letter.to);
  if (person?.email === undefined || person.state === 'former') return taken(database, now, letter);
  try {
    await send({ id: letter._id, to: person.email, subject: subjectOf(letter), text: bodyOf(letter) });
  } catch (error) {
    onError(withoutAddress(error, person.email));
    return postponed(database, now, letter);
  }
  return taken(database, now, letter);
}

/** The error without the address of the recipient, which mail servers repeat. */
function withoutAddress(error: unknown, address: string): unknown {
  if (!(error instanceof Error)) return error;
  const escaped = address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const hidden = (text: string) => text.replace(new RegExp(escaped, 'gi'), '[address]');
  const told = new Error(hidden(error.message));
  return Object.assign(told, { name: error.name, stack: hidden(error.stack ?? '') });
}

function taken(database: Database, now: () => Date, letter: Letter): Promise<void> {
  return transact(database, { now }, (tx) => tx.remove(outbox, letter));
}

async function postponed(database: Database, now: () => Date, letter: Letter): Promise<void> {
  if (now().getTime() - letter.at.getTime() > GIVE_UP_MS) return taken(database, now, letter);
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** letter.attempts, LONGEST_PAUSE_MS);
  const dueAt = new Date(now().getTime() + pause);
  await transact(database, { now }, (tx) =>
    tx.update(outbox, letter, { ...letter, dueAt, attempts: letter.attempts + 1 }),
  );
}

const subjectOf = ({ text }: Letter) => abbreviated(text, 77);

function bodyOf({ text, by, reason, at, _id }: Letter): string {
  const why = reason === undefined ? [] : [`Reason given: ${reason}`];
  const record = _id.slice(0, _id.indexOf('/'));
  return [text, '', `By ${by}, ${at.toISOString()}.`, ...why, `Audit record: ${record}`, ''].join('\n');
}
