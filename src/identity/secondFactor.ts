import { refuse } from '../base/errors.ts';
import type { Digester } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import type { Transaction } from '../store/transaction.ts';
import { recoveryDigest, totpOfUser, unusedStep, useCode, useRecoveryCode } from './totp.ts';

/*
 * What a sign-in with a password needs besides from users with an authenticator app: the code that the app shows, or a
 * recovery code.
 */

/** At most one of these. */
export interface SentCode {
  readonly totp?: string;
  readonly recoveryCode?: string;
}

/**
 * Checks the code of a sign-in before its transaction, so that a wrong one counts as a guess.
 *
 * @returns whether a code is needed and was not sent
 * @throws proof_refused
 */
export async function lacksCode(
  database: Database,
  { principal, sent, now }: { readonly principal: string; readonly sent: SentCode; readonly now: Date },
): Promise<boolean> {
  const enrolment = await totpOfUser((from, id) => database.get(from, id), principal);
  if (enrolment === undefined) return false;
  const { totp, recoveryCode } = sent;
  if (totp === undefined && recoveryCode === undefined) return true;
  const digest = recoveryDigest((value) => database.keyedDigest(value), principal, recoveryCode ?? '');
  const holds =
    totp === undefined
      ? enrolment.recoveryCodes?.includes(digest) === true
      : unusedStep(enrolment, totp, { now, sealer: database.sealer }) !== undefined;
  if (!holds) throw refuse('proof_refused', 'the code is wrong, or was used already');
  return false;
}

/**
 * Uses up the code of a sign-in.
 *
 * @returns whether there was one; false for a user without an authenticator app
 * @throws totp_required, proof_refused
 */
export async function useCodeAtSignIn(
  tx: Transaction,
  principal: string,
  { sent: { totp, recoveryCode }, digestOf }: { readonly sent: SentCode; readonly digestOf: Digester['digest'] },
): Promise<boolean> {
  if ((await totpOfUser((from, id) => tx.get(from, id), principal)) === undefined) return false;
  if (totp !== undefined) await useCode(tx, principal, totp);
  else if (recoveryCode === undefined) throw refuse('totp_required');
  else await useRecoveryCode(tx, principal, recoveryDigest(digestOf, principal, recoveryCode));
  return true;
}
