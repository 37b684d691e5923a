import { createHash } from 'node:crypto';
import { type Reason, StewardError } from '../base/errors.ts';
import type { Change, FieldChange } from '../store/changes.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { Notice } from '../store/notice.ts';
import type { Transaction } from '../store/transaction.ts';
import { asStored } from './asStored.ts';

/** A principal as a record names it: the name is the one held at that time. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The outcome of the call. `denied`: the gate refused it; `failed`: the parameters or the data did not allow it; `unknown`:
 * another service was to carry it out, and did not say whether it did.
 */
export type Outcome = 'success' | 'denied' | 'failed' | 'dryRun' | 'replayed' | 'unknown';

/** One audit record, before it has its place in the audit. Every command that got past step 1 leaves exactly one. */
export interface RecordDraft {
  readonly at: Date;
  /** `signIn`: a token registered, claimed, renamed or closed a principal. */
  readonly via: 'command' | 'method' | 'job' | 'signIn';
  /** The command's or method's name; for an unknown one, what was sent, escaped and cut. */
  readonly command: string;
  readonly outcome: Outcome;
  /** Why it was denied or failed. */
  readonly error?: Reason;
  /** Who did it: where a service acted for somebody, the service. */
  readonly actor: Named;
  /** The person for whom the actor, a service, acted with a delegated token. */
  readonly onBehalfOf?: Named;
  /** The user acted as. */
  readonly subject?: Named;
  readonly authority: 'user' | 'admin' | 'service';
  /**
   * The validated parameters, with secrets replaced by an HMAC; or, where they were never validated, only a digest. Both
   * where KBase ignores some of what was sent.
   */
  readonly params?: unknown;
  readonly paramsDigest?: string;
  readonly reason?: string;
  /** The policy rule that allowed or refused it. */
  readonly rule?: string;
  /** The record of the call that a replay answered with. */
  readonly original?: string;
  readonly changes: readonly Change[];
  /** Where the changes are stored, if they are too many to stand in the record: `changes` is empty then. */
  readonly changeParts?: readonly ChangesPartName[];
  /** What the changes do not show, such as what was left out. */
  readonly remarks?: readonly string[];
  /** The notices to others about it. */
  readonly notices?: readonly Notice[];
  /** What was touched: `<collection>/<id>`. */
  readonly resources: readonly string[];
  readonly requestId: string;
  readonly address: string;
}

/** A document that holds some of a record's changes. */
export interface ChangesPartName {
  readonly id: string;
  /** SHA-256 of the JSON of the changes. */
  readonly hash: string;
  /** How many changes it holds, and in how many characters of JSON. */
  readonly count: number;
  readonly characters: number;
}

/** A record in its place: `id` is the batch's id and the place in it. */
export interface AuditRecord extends RecordDraft {
  readonly id: string;
  /** SHA-256 of the record's JSON without this field. */
  readonly hash: string;
}

/** Records that were stored together: those of writes that committed together, or of reads that waited for one insert. */
export interface AuditBatch extends Stored {
  readonly records: readonly AuditRecord[];
}

/** Sparse: most records lack the field and take no space in the index. */
function whereThereIs(field: string) {
  const path = `records.${field}`;
  return { key: { [path]: 1, _id: 1 }, name: field, partialFilterExpression: { [path]: { $exists: true } } } as const;
}

export const auditCollection = collection<AuditBatch>('audit', {
  assertIntact: assertHashes,
  indexes: [
    { key: { 'records.actor.id': 1, _id: 1 } },
    whereThereIs('onBehalfOf.id'),
    whereThereIs('subject.id'),
    { key: { 'records.command': 1, _id: 1 } },
    { key: { 'records.outcome': 1, _id: 1 } },
    { key: { 'records.resources': 1, _id: 1 } },
    { key: { 'records.notices.to': 1, _id: 1 }, partialFilterExpression: { 'records.notices.to': { $exists: true } } },
  ],
});

/** Puts the drafts into a batch of this id, each with its id and hash. */
export function batchOf(id: string, drafts: readonly RecordDraft[]): AuditBatch {
  return { _id: id, revision: 1, records: drafts.map((draft, place) => seal({ ...draft, id: `${id}-${place}` })) };
}

/** Matches batches alone, and no parts of the changes of a record. */
export const ofBatches = { changes: { $exists: false } } as const;

/** The batch with one more record at its end. */
export function withAnother(batch: AuditBatch, draft: RecordDraft): AuditBatch {
  const record = seal({ ...draft, id: `${batch._id}-${batch.records.length}` });
  return { ...batch, records: [...batch.records, record] };
}

function seal(record: Omit<AuditRecord, 'hash'>): AuditRecord {
  const stored = asStored(record);
  return { ...stored, hash: recordHash(stored) };
}

/** A record would have another hash after it was stored than its receipt says: a bug of whoever made it. */
export class WrongHashError extends Error {}

/** @throws WrongHashError when the hash of a record is not that of what will be read of it */
function assertHashes({ records }: AuditBatch): void {
  for (const { hash, ...record } of records) {
    if (recordHash(record) !== hash)
      throw new WrongHashError(`the audit record ${record.id} of ${record.command} has not the hash of what is stored`);
  }
}

/** The hash of a record as stored or as drafted: the same, whichever way it came. */
export function recordHash(record: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...record, hash: undefined }))
    .digest('hex');
}

/** What the record of a write says of its effect: all that no record says yet. */
export function effectOf(tx: Transaction): Pick<RecordDraft, 'changes' | 'remarks' | 'resources'> {
  const { unrecorded: changes, remarks } = tx;
  return { changes, ...(remarks.length === 0 ? {} : { remarks }), resources: touched(changes) };
}

/** How the record of what failed with this error ends. */
export function failureOf(error: unknown): {
  readonly outcome: 'denied' | 'failed' | 'unknown';
  readonly error: Reason;
} {
  if (!(error instanceof StewardError)) return { outcome: 'failed', error: 'internal' };
  if (error.reason === 'type_service_outcome_unknown') return { outcome: 'unknown', error: error.reason };
  return { outcome: error.kind === 'forbidden' ? 'denied' : 'failed', error: error.reason };
}

/** What the changes touched, each once: the documents, and the principals whose rights stand in them. */
function touched(changes: readonly Change[]): string[] {
  const principals = changes.flatMap((c) =>
    c.op === 'update' ? c.fields.flatMap((f) => [...principalIn(f.after ?? f.before), ...owners(f)]) : [],
  );
  return [...new Set([...changes.map((c) => `${c.collection}/${c.id}`), ...principals])];
}

/** Who owned it before, and who does now. */
function owners({ path, before, after }: FieldChange): string[] {
  if (path !== 'owners' || !Array.isArray(before) || !Array.isArray(after)) return [];
  return [...before, ...after].map((id) => `principals/${id}`);
}

function principalIn(item: unknown): string[] {
  const principal = item !== null && typeof item === 'object' && 'principal' in item ? item.principal : undefined;
  return typeof principal === 'string' ? [`principals/${principal}`] : [];
}
