import { hash as hashOf } from 'node:crypto';
import { type Reason, StewardError } from '../base/errors.ts';
import type { Change, FieldChange } from '../store/changes.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { Notice } from '../store/notice.ts';
import type { Transaction } from '../store/transaction.ts';
import { asStored } from './asStored.ts';
import { canonicalJson } from './log/canonical.ts';
import { leafOf, type RecordFormat } from './log/entry.ts';
import { newSalt } from './salt.ts';

/** A principal, with the name at the time of the record. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The outcome of a call. `denied`: the gate refused it; `failed`: the parameters or the data did not allow it; `unknown`:
 * another service should have carried it out and did not say whether it did.
 */
export type Outcome = 'success' | 'denied' | 'failed' | 'dryRun' | 'replayed' | 'unknown';

/** An audit record before it gets an id and a hash. Every command that passes step 1 of the gate leaves exactly one. */
export interface RecordDraft {
  readonly at: Date;
  /** `signIn`: a token registered, claimed, renamed or closed a principal. `import`: it comes from another database. */
  readonly via: 'command' | 'method' | 'job' | 'signIn' | 'import';
  /** The name of the command or method; for an unknown one, the text that was sent, escaped and truncated. */
  readonly command: string;
  readonly outcome: Outcome;
  /** Why it was denied or failed. */
  readonly error?: Reason;
  /** Who did it. If a service acted for somebody, the service. */
  readonly actor: Named;
  /** The person for whom the actor, a service, acted with a delegated token. */
  readonly onBehalfOf?: Named;
  /** The user acted as. */
  readonly subject?: Named;
  readonly authority: 'user' | 'admin' | 'service';
  /**
   * The validated parameters, with secrets replaced by an HMAC; or only a digest, if they were not validated. Both, if some
   * parameters were ignored as in KBase.
   */
  readonly params?: unknown;
  readonly paramsDigest?: string;
  /** The HMACs of the secret and sensitive values among parameters and changes, by which the record is found. */
  readonly hmacs?: readonly string[];
  readonly reason?: string;
  /** The policy rule that allowed or refused it. */
  readonly rule?: string;
  /** The digest of the policy file in force; absent without one. */
  readonly policy?: string;
  /** The request for approval under which it ran, and who approved it. */
  readonly approval?: { readonly request: string; readonly approvers: readonly Named[] };
  /** Set if the actor had broken the glass: the id of that use. */
  readonly breakGlass?: string;
  /** The record of the original call that a replay repeated the answer of. */
  readonly original?: string;
  readonly changes: readonly Change[];
  /** The parts that hold the changes if they are too many for the record; `changes` is empty then. */
  readonly changeParts?: readonly ChangesPartName[];
  /** Remarks about what the changes do not show, such as what was skipped. */
  readonly remarks?: readonly string[];
  /** The notices that others got. */
  readonly notices?: readonly Notice[];
  /** The documents concerned, as `<collection>/<id>`. */
  readonly resources: readonly string[];
  /** Of an act of an administrator: whom it concerns. */
  readonly concerns?: readonly Concern[];
  readonly requestId: string;
  readonly address: string;
}

/** What an act has to do with a user or a role: it was done as or to them, or to what they own. */
export interface Concern {
  /** The principal's id. */
  readonly id: string;
  /** The first of the documents that are theirs or give them a right, as `<collection>/<id>`. */
  readonly resources: readonly string[];
  /** How many more there are. */
  readonly more?: number;
}

/** A document that holds some of a record's changes. */
export interface ChangesPartName {
  readonly id: string;
  /** SHA-256 of the salt of the part, if it has one, and the JSON of the changes. */
  readonly hash: string;
  /** How many changes it holds, and their size in characters of JSON. */
  readonly count: number;
  readonly characters: number;
}

/** A stored record. `id` is the id of its batch and the position in it. */
export interface AuditRecord extends RecordDraft {
  readonly id: string;
  /** Absent in records of format 1. */
  readonly format?: typeof FORMAT;
  /** 16 random bytes in base64url, so that nobody can guess the text of a record from its hash. Absent in format 1. */
  readonly salt?: string;
  /** Format 2: the leaf of the record in the log. Format 1: SHA-256 of the JSON of the record without this field. */
  readonly hash: string;
}

/** The format of new records. */
const FORMAT = 2;

/** Records in one document: of writes that committed together, or of reads that shared an insert. */
export interface AuditBatch extends Stored {
  readonly records: readonly AuditRecord[];
}

/** Most records lack the field, and take no space in this index. */
function partialIndex(field: string) {
  const path = `records.${field}`;
  return { key: { [path]: 1, _id: 1 }, name: field, partialFilterExpression: { [path]: { $exists: true } } } as const;
}

/** The name of the index by whom records concern. */
export const CONCERNS = 'concerns.id';

export const auditCollection = collection<AuditBatch>('audit', {
  insertOnly: true,
  sharding: {
    key: { _id: 'hashed' },
    why: 'ids rise with time, so that one shard would take all writes; searches ask all',
  },
  assertIntact: assertHashes,
  indexes: [
    { key: { 'records.actor.id': 1, _id: 1 } },
    partialIndex('onBehalfOf.id'),
    partialIndex('subject.id'),
    partialIndex('hmacs'),
    partialIndex(CONCERNS),
    { key: { 'records.command': 1, _id: 1 } },
    { key: { 'records.outcome': 1, _id: 1 } },
    { key: { 'records.resources': 1, _id: 1 } },
    { key: { 'records.notices.to': 1, _id: 1 }, partialFilterExpression: { 'records.notices.to': { $exists: true } } },
  ],
});

/** Makes a batch with this id from the drafts, each with an id and a hash. */
export function batchOf(id: string, drafts: readonly RecordDraft[]): AuditBatch {
  return { _id: id, revision: 1, records: drafts.map((draft, place) => seal({ ...draft, id: `${id}-${place}` })) };
}

/** Matches only batches, and no parts with the changes of a record. */
export const ofBatches = { changes: { $exists: false } } as const;

/** The batch with one more record at its end. */
export function withAnother(batch: AuditBatch, draft: RecordDraft): AuditBatch {
  const record = seal({ ...draft, id: `${batch._id}-${batch.records.length}` });
  return { ...batch, records: [...batch.records, record] };
}

function seal(record: Omit<AuditRecord, 'hash' | 'format' | 'salt'>): AuditRecord {
  const stored = asStored({ ...record, format: FORMAT, salt: newSalt() } as const);
  return { ...stored, hash: recordHash(stored) };
}

/** Thrown if a record would have another hash after storing than its receipt says, which is a bug. */
export class WrongHashError extends Error {}

/** @throws WrongHashError if the hash of a record does not match what will be read later */
function assertHashes({ records }: AuditBatch): void {
  for (const { hash, ...record } of records) {
    if (recordHash(record) !== hash)
      throw new WrongHashError(`the audit record ${record.id} of ${record.command} has not the hash of what is stored`);
  }
}

/** The hash of a record, which is the same before and after storing. */
export function recordHash(record: Omit<AuditRecord, 'hash'>): string {
  const { format, text } = entryOf(record);
  return format === 1 ? hashOf('sha256', text) : leafOf(format, text).toString('hex');
}

type Hashed = Omit<AuditRecord, 'hash'> & Partial<Pick<AuditRecord, 'hash'>>;

/** The text of a record that its hash is made of. */
export function entryOf(record: Hashed): { readonly format: RecordFormat; readonly text: string } {
  const { hash, ...hashed } = record;
  if (record.format !== undefined) return { format: record.format, text: canonicalJson(hashed) };
  const text = JSON.stringify(hashed);
  if (hash === undefined || hashOf('sha256', text) === hash) return { format: 1, text };
  // The first versions stored null for what they had left out of the hash.
  const present = Object.entries(hashed).filter(([, value]) => value !== null);
  const without = JSON.stringify(Object.fromEntries(present));
  return { format: 1, text: hashOf('sha256', without) === hash ? without : text };
}

/** The effect of a write for its record: everything that is not yet in a record. */
export function effectOf(tx: Transaction): Pick<RecordDraft, 'changes' | 'remarks' | 'resources' | 'hmacs'> {
  const { unrecorded: changes, remarks, hmacs } = tx;
  return {
    changes,
    ...(remarks.length === 0 ? {} : { remarks }),
    resources: touched(changes),
    ...(hmacs.size === 0 ? {} : { hmacs: [...hmacs] }),
  };
}

/** The outcome and error for the record of a failed call. */
export function failureOf(error: unknown): {
  readonly outcome: 'denied' | 'failed' | 'unknown';
  readonly error: Reason;
} {
  if (!(error instanceof StewardError)) return { outcome: 'failed', error: 'internal' };
  if (error.reason === 'type_service_outcome_unknown') return { outcome: 'unknown', error: error.reason };
  return { outcome: error.kind === 'forbidden' ? 'denied' : 'failed', error: error.reason };
}

/** The documents that the changes concern, and the principals whose rights are in them, without repetitions. */
function touched(changes: readonly Change[]): string[] {
  const principals = changes.flatMap((c) =>
    c.op === 'update' ? c.fields.flatMap((f) => [...principalIn(f.after ?? f.before), ...owners(f)]) : [],
  );
  return [...new Set([...changes.map((c) => `${c.collection}/${c.id}`), ...principals])];
}

/** The previous and the new owners. */
function owners({ path, before, after }: FieldChange): string[] {
  if (path !== 'owners' || !Array.isArray(before) || !Array.isArray(after)) return [];
  return [...before, ...after].map((id) => `principals/${id}`);
}

function principalIn(item: unknown): string[] {
  const principal = item !== null && typeof item === 'object' && 'principal' in item ? item.principal : undefined;
  return typeof principal === 'string' ? [`principals/${principal}`] : [];
}
