import type { Journal } from '../audit/journal.ts';
import { rotationNote } from '../audit/log/keyRotation.ts';
import { auditHeads, type LogHead, logHead } from '../audit/log/segments.ts';
import { parseVerifierKey, type Signer, verifierKeyText } from '../audit/log/signedNote.ts';
import { signerOf, storedSigningKey } from '../audit/log/signer.ts';
import { effectOf } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { STEWARD } from '../identity/serviceNames.ts';
import type { Database } from '../store/database.ts';
import { transact } from '../store/transact.ts';

/** The keys of the audit log that are configured. */
export interface SigningOptions {
  readonly database: Database;
  /** The key that signs checkpoints, as PEM; by default the one in the database. */
  readonly auditSigningKeyPem?: string;
  /** The key that signed them before, as PEM. */
  readonly auditPreviousKeyPem?: string;
  /** The name of the log; by default the one in the database. */
  readonly auditOrigin?: string;
  readonly warn: (sentence: string) => void;
}

/** The signer of the log's checkpoints. */
export async function signerFor({ database, auditSigningKeyPem, auditOrigin }: SigningOptions): Promise<Signer> {
  const pem = auditSigningKeyPem ?? (await storedSigningKey(database));
  return signerOf(pem, auditOrigin ?? (await logHead(database)).origin);
}

interface Writer {
  readonly journal: Journal;
  readonly now: () => Date;
}

/**
 * Records that the log is signed with another key from now on, if it is. Where the key before is at hand, both sign the record's
 * statement, so that whoever trusts one of them can trust the other.
 *
 * An instance whose key was replaced meanwhile does not take it back by itself: in a rolling change of the configuration, the
 * instances would replace each other's keys.
 */
export async function recordRotation(options: SigningOptions, signer: Signer, { journal, now }: Writer): Promise<void> {
  const { database, warn } = options;
  // At most starts the key is the same as before, which needs no transaction.
  if (!isChanged(await logHead(database), signer)) return;
  const stored = await storedSigningKey(database);
  const warning = await transact(database, { now }, async (tx) => {
    const head = await logHead(tx);
    const [own, last] = [verifierKeyText(signer.key), head.keys.at(-1)?.key];
    if (last === undefined || !isChanged(head, signer)) return undefined;
    const isReplaced = head.keys.some(({ key }) => key === own);
    const atHand = isReplaced ? [] : [options.auditSigningKeyPem, stored];
    const previous = previousSigner(last, [options.auditPreviousKeyPem, ...atHand]);
    if (isReplaced && previous === undefined) return replacedWarning(last);
    await appendKey({ tx, head, journal }, signer, previous);
    return previous === undefined ? unvouchedWarning(own, last) : undefined;
  });
  if (warning !== undefined) warn(warning);
}

/** Whether the log was signed, and last with another key. */
function isChanged({ keys }: LogHead, signer: Signer): boolean {
  const last = keys.at(-1);
  return last !== undefined && last.key !== verifierKeyText(signer.key);
}

/** The signer whose public key this is, if one of the private keys fits it. */
function previousSigner(last: string, pems: readonly (string | undefined)[]): Signer | undefined {
  const { name } = parseVerifierKey(last);
  const signers = pems.flatMap((pem) => (pem === undefined ? [] : [signerOf(pem, name)]));
  return signers.find(({ key }) => verifierKeyText(key) === last);
}

interface Place {
  readonly tx: Parameters<Parameters<typeof transact>[2]>[0];
  readonly head: LogHead;
  readonly journal: Journal;
}

async function appendKey({ tx, head, journal }: Place, signer: Signer, previous: Signer | undefined): Promise<void> {
  const key = verifierKeyText(signer.key);
  const rotation = previous && rotationNote(previous, signer, head.size);
  await tx.update(auditHeads, head, {
    ...head,
    keys: [...head.keys, { key, from: head.size, ...defined({ rotation }) }],
  });
  await journal.appendIn(tx, {
    ...{
      at: tx.now,
      via: 'job',
      command: 'rotateSigningKey',
      outcome: 'success',
      actor: STEWARD,
      authority: 'service',
    },
    params: { key, previous: head.keys.at(-1)?.key, ...defined({ rotation }) },
    ...effectOf(tx),
    ...{ requestId: 'start', address: '-' },
  });
}

const replacedWarning = (last: string) =>
  `the audit log is signed with the key ${last} by now, so this instance does not seal it: configure that key, or give its ` +
  'private key as audit-previous-signing-key-file to return to this one';

const unvouchedWarning = (own: string, last: string) =>
  `the audit log is signed with the key ${own} from now on, for which the key before, ${last}, does not vouch: give it as ` +
  'audit-previous-signing-key-file when keys are changed, and auditors can verify the change';
