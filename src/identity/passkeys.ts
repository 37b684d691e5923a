import { refuse } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** A key pair on a device of the user (WebAuthn), of which the service knows the public key. */
export interface Passkey {
  /** The id that the authenticator gave it, in base64url. */
  readonly id: string;
  /** What the user calls it. */
  readonly name: string;
  /** The public key (COSE), in base64url. */
  readonly publicKey: string;
  /** How often it has signed, as far as it counts: a copy of it would count on its own. */
  readonly counter: number;
  /** How the browser reaches it. */
  readonly transports?: readonly string[];
  readonly addedAt: Date;
}

/** What a passkey must sign, once and soon. */
interface Challenge {
  readonly challenge: string;
  readonly until: Date;
}

/** The passkeys of a user, and what they are to sign. The id is the user's. */
export interface Passkeys extends Stored {
  readonly keys: readonly Passkey[];
  /** For the passkey that is being added. */
  readonly pending?: Challenge;
  /** For the next proof of identity. */
  readonly challenge?: Challenge;
}

export const passkeys = collection<Passkeys>('passkeys', {
  keyedLists: { keys: 'id' },
  secrets: ['pending', 'challenge'],
});

const PENDING_MINUTES = 10;
const CHALLENGE_MINUTES = 5;
const MAX_PASSKEYS = 20;

/** Which of the two challenges of a user. */
type Purpose = 'pending' | 'challenge';

const MINUTES: Readonly<Record<Purpose, number>> = { pending: PENDING_MINUTES, challenge: CHALLENGE_MINUTES };

/** The passkeys of a user. */
export async function passkeysOf(get: Reader['get'], principal: string): Promise<readonly Passkey[]> {
  return (await get(passkeys, principal))?.keys ?? [];
}

/** Keeps a challenge in place of an earlier one. @returns until when it is good */
export async function keepChallenge(
  tx: Transaction,
  principal: string,
  { purpose, challenge }: { readonly purpose: Purpose; readonly challenge: string },
): Promise<Date> {
  const until = new Date(tx.now.getTime() + MINUTES[purpose] * 60_000);
  const kept = { [purpose]: { challenge, until } };
  const present = await tx.get(passkeys, principal);
  if (present === null) await tx.insert(passkeys, { _id: principal, keys: [], ...kept });
  else await tx.update(passkeys, present, { ...present, ...kept });
  return until;
}

/** The challenge that a passkey is to sign now; undefined if there is none, or it is too old. */
export function challengeOf(present: Passkeys | null, purpose: Purpose, now: Date): string | undefined {
  const found = present?.[purpose];
  return found === undefined || found.until <= now ? undefined : found.challenge;
}

/** Adds a passkey that has signed this challenge. @throws passkey_not_begun, passkey_taken, passkeys_too_many */
export async function addPasskey(
  tx: Transaction,
  principal: string,
  { challenge, ...key }: Omit<Passkey, 'addedAt'> & { readonly challenge: string },
): Promise<Passkey> {
  const present = await tx.get(passkeys, principal);
  if (present === null || challengeOf(present, 'pending', tx.now) !== challenge) throw refuse('passkey_not_begun');
  if (present.keys.some(({ id }) => id === key.id)) throw refuse('passkey_taken');
  if (present.keys.length >= MAX_PASSKEYS) throw refuse('passkeys_too_many', MAX_PASSKEYS);
  const { pending: _, ...others } = present;
  const added = { ...key, addedAt: tx.now };
  await tx.update(passkeys, present, { ...others, keys: [...present.keys, added] });
  return added;
}

/** Uses a challenge up that a passkey has signed, and keeps the passkey's new count. @throws proof_refused */
export async function usePasskey(
  tx: Transaction,
  principal: string,
  { id, challenge, counter }: { readonly id: string; readonly challenge: string; readonly counter: number },
): Promise<void> {
  const present = await tx.get(passkeys, principal);
  const key = present?.keys.find((one) => one.id === id);
  if (present === null || key === undefined) throw refuse('proof_refused', 'the passkey was removed');
  if (challengeOf(present, 'challenge', tx.now) !== challenge) throw refuse('proof_refused', CHALLENGE_USED);
  const { challenge: _, ...others } = present;
  const keys = present.keys.map((one) => (one.id === id ? { ...one, counter } : one));
  await tx.update(passkeys, present, { ...others, keys });
}

export const CHALLENGE_USED = 'its challenge was used already, or is too old; get another one with challengePasskey';

/** Removes a passkey. @throws passkey_unknown */
export async function removePasskey(tx: Transaction, principal: string, id: string): Promise<void> {
  const present = await tx.get(passkeys, principal);
  if (present === null || !present.keys.some((key) => key.id === id)) throw refuse('passkey_unknown', id);
  await tx.update(passkeys, present, { ...present, keys: present.keys.filter((key) => key.id !== id) });
}

/** Removes all passkeys of a user, and one that is being added. */
export async function forgetPasskeysOf(tx: Transaction, principal: string): Promise<void> {
  const present = await tx.get(passkeys, principal);
  if (present !== null) await tx.remove(passkeys, present);
}
