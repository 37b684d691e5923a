import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { Digester } from '../store/changes.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Sealer } from '../store/sealing.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Principal } from './principal.ts';

/**
 * A user's time-based one-time passwords (RFC 6238): the secret that their authenticator app shares with the service,
 * and the recovery codes for when the app is lost. The id is the user's.
 */
export interface TotpEnrolment extends Stored {
  /** Encrypted; see {@link sealedSecret}. Absent until the enrolment is confirmed. */
  readonly secret?: string;
  readonly confirmedAt?: Date;
  /** The time step of the newest code used: no code of this step or an earlier one is accepted again. */
  readonly lastStep?: number;
  /** Keyed digests of the recovery codes that are left. */
  readonly recoveryCodes?: readonly string[];
  /** An enrolment that has begun. Its secret, which is encrypted too, replaces the other once it is confirmed. */
  readonly pending?: { readonly secret: string; readonly until: Date };
}

export const totpEnrolments = collection<TotpEnrolment>('totp', { secrets: ['secret', 'recoveryCodes', 'pending'] });

/** A secret in base32 as it is stored: encrypted for this user. */
export const sealedSecret = (sealer: Sealer, principal: string, secret: string): string =>
  sealer.seal(purposeOf(principal), secret);

const purposeOf = (principal: string) => `totp ${principal}`;

const PERIOD_SECONDS = 30;
/** RFC 4226 requires 128 bits, and recommends 160. */
const SECRET_BYTES = 20;
/** One step before and after the current one, for clocks that differ. */
const WINDOW = 1;
const PENDING_MINUTES = 10;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;

/** What the authenticator app needs to know. */
export interface Enrolment {
  readonly secret: string;
  /** The same as an `otpauth:` URI, which apps read from a QR code. */
  readonly uri: string;
  readonly until: Date;
}

/** Begins an enrolment, in place of one that has begun. An earlier secret stays valid until this one is confirmed. */
export async function beginEnrolment(tx: Transaction, principal: Principal): Promise<Enrolment> {
  const secret = new Secret({ size: SECRET_BYTES }).base32;
  const until = new Date(tx.now.getTime() + PENDING_MINUTES * 60_000);
  const pending = { secret: sealedSecret(tx.sealer, principal._id, secret), until };
  const present = await tx.get(totpEnrolments, principal._id);
  if (present === null) await tx.insert(totpEnrolments, { _id: principal._id, pending });
  else await tx.update(totpEnrolments, present, { ...present, pending });
  return { secret, uri: totpOf(secret, principal.username).toString(), until };
}

/**
 * Confirms the enrolment with the first code of the app.
 *
 * @returns the recovery codes, which are not shown again
 * @throws totp_not_begun, proof_refused
 */
export async function confirmEnrolment(
  tx: Transaction,
  {
    principal,
    code,
    digestOf,
  }: { readonly principal: string; readonly code: string; readonly digestOf: Digester['digest'] },
): Promise<readonly string[]> {
  const present = await tx.get(totpEnrolments, principal);
  const step = pendingStep(present, code, tx);
  if (present === null || step === undefined) throw codeRefused();
  const codes = newRecoveryCodes();
  const { pending, ...others } = present;
  await tx.update(totpEnrolments, present, {
    ...others,
    ...defined({
      secret: pending?.secret,
      recoveryCodes: codes.map((each) => recoveryDigest(digestOf, principal, each)),
    }),
    confirmedAt: tx.now,
    lastStep: step,
  });
  return codes;
}

/** The time step of a code for the enrolment that has begun; undefined for a wrong one. @throws totp_not_begun */
export function pendingStep(enrolment: TotpEnrolment | null, code: string, at: Checking): number | undefined {
  const { pending } = enrolment ?? {};
  if (enrolment === null || pending === undefined || pending.until <= at.now) throw refuse('totp_not_begun');
  return stepOf({ principal: enrolment._id, sealed: pending.secret }, code, at);
}

/** When a code is checked, and what decrypts the secret. */
interface Checking {
  readonly now: Date;
  readonly sealer: Sealer;
}

/** The time step of a code that was not used yet; undefined for another. */
export function unusedStep(enrolment: TotpEnrolment, code: string, at: Checking): number | undefined {
  const { _id: principal, secret: sealed, lastStep = -1 } = enrolment;
  const step = sealed === undefined ? undefined : stepOf({ principal, sealed }, code, at);
  return step === undefined || step <= lastStep ? undefined : step;
}

interface StoredSecret {
  readonly principal: string;
  readonly sealed: string;
}

function stepOf({ principal, sealed }: StoredSecret, code: string, { now, sealer }: Checking): number | undefined {
  const secret = sealer.unseal(purposeOf(principal), sealed);
  const delta = totpOf(secret).validate({ token: code, timestamp: now.getTime(), window: WINDOW });
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / PERIOD_SECONDS) + delta;
}

function totpOf(secret: string, label = 'user'): TOTP {
  return new TOTP({ issuer: 'Steward', label, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS, secret });
}

/** Uses a code up. @throws proof_refused if it is not valid any more */
export async function useCode(tx: Transaction, principal: string, code: string): Promise<void> {
  const present = await tx.get(totpEnrolments, principal);
  const lastStep = present === null ? undefined : unusedStep(present, code, tx);
  if (present === null || lastStep === undefined) throw codeRefused();
  await tx.update(totpEnrolments, present, { ...present, lastStep });
}

/** Uses a recovery code up. @throws proof_refused if it is not valid any more */
export async function useRecoveryCode(tx: Transaction, principal: string, digest: string): Promise<void> {
  const present = await tx.get(totpEnrolments, principal);
  if (!present?.recoveryCodes?.includes(digest)) throw codeRefused();
  const recoveryCodes = present.recoveryCodes.filter((each) => each !== digest);
  await tx.update(totpEnrolments, present, { ...present, recoveryCodes });
}

/** Replaces the recovery codes, and returns the new ones, which are not shown again. @throws totp_not_set_up */
export async function renewRecoveryCodes(
  tx: Transaction,
  principal: string,
  digestOf: Digester['digest'],
): Promise<readonly string[]> {
  const present = await tx.get(totpEnrolments, principal);
  if (present?.secret === undefined) throw refuse('totp_not_set_up');
  const codes = newRecoveryCodes();
  const recoveryCodes = codes.map((each) => recoveryDigest(digestOf, principal, each));
  await tx.update(totpEnrolments, present, { ...present, recoveryCodes });
  return codes;
}

/** Removes the secret, the recovery codes and an enrolment that has begun. */
export async function forgetTotpOf(tx: Transaction, principal: string): Promise<void> {
  const present = await tx.get(totpEnrolments, principal);
  if (present !== null) await tx.remove(totpEnrolments, present);
}

/** The user's confirmed enrolment. */
export async function totpOfUser(get: Reader['get'], principal: string): Promise<TotpEnrolment | undefined> {
  const found = await get(totpEnrolments, principal);
  return found?.secret === undefined ? undefined : found;
}

/** A recovery code in any writing: upper case and separators do not matter. */
export function recoveryDigest(digestOf: Digester['digest'], principal: string, code: string): string {
  return digestOf(['recoveryCode', principal, code.toLowerCase().replaceAll(/[\s-]/g, '')]);
}

/** Codes of four groups of five hexadecimal digits: 80 bits, which cannot be guessed. */
function newRecoveryCodes(): readonly string[] {
  const one = () => randomBytes(RECOVERY_BYTES).toString('hex').match(/.{5}/g)?.join('-') ?? '';
  return Array.from({ length: RECOVERY_CODES }, one);
}

const codeRefused = () => refuse('proof_refused', 'the code is wrong, or was used already');
