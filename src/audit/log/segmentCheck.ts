import { hash } from 'node:crypto';
import type { AuditFinding as Finding } from '../../base/schemas/generated.ts';
import type { Database } from '../../store/database.ts';
import { storedPart } from '../parts.ts';
import { batchIn } from '../query.ts';
import { type AuditRecord, entryOf } from '../record.ts';
import { leafOf } from './entry.ts';
import { batchesOf, type FoundBatch, placedIn } from './sealed.ts';
import { type Segment, sealedAmong } from './segments.ts';

/** A record whose leaf is not the one that the log has in its place. */
export interface Suspect {
  readonly seq: number;
  /** The id that the record in this place should have. */
  readonly record: string;
  readonly found: Buffer;
  /** Set if another record stands there. */
  readonly other?: string;
}

export interface CheckedRecords {
  readonly findings: readonly Finding[];
  readonly suspects: readonly Suspect[];
  readonly pruned: number;
}

/** Computes the leaves of the records of a segment anew, and compares them with those that the log has. */
export async function checkRecords(database: Database, segment: Segment, prunedBelow: number): Promise<CheckedRecords> {
  const findings: Finding[] = [];
  const suspects: Suspect[] = [];
  let pruned = 0;
  for await (const batch of batchesOf(database, segment)) {
    if (batch.stored === undefined && batch.first < prunedBelow) {
      pruned += batch.sealed.count;
      continue;
    }
    const checked = checkBatch(batch);
    findings.push(...checked.findings);
    suspects.push(...checked.suspects);
    for (const record of batch.stored?.records ?? []) {
      if (record?.changeParts !== undefined) findings.push(...(await checkParts(database, batch, record)));
    }
  }
  return { findings, suspects: await withKnownOthers(database, suspects), pruned };
}

/** A record that stands in the place of another was moved, if the log has it too. */
async function withKnownOthers(database: Database, suspects: readonly Suspect[]): Promise<readonly Suspect[]> {
  const others = suspects.flatMap(({ other }) => (other === undefined ? [] : [batchIn(other)]));
  const known = await sealedAmong(database, others);
  return suspects.map((suspect) => {
    const { other, ...rest } = suspect;
    return other === undefined || known.has(batchIn(other)) ? suspect : rest;
  });
}

function checkBatch(batch: FoundBatch): Omit<CheckedRecords, 'pruned'> {
  const { sealed, first, leaves } = batch;
  const { placed, beside } = placedIn(batch);
  const findings: Finding[] = [];
  const suspects: Suspect[] = [];
  for (const [place, leaf] of leaves.entries()) {
    const [seq, record, present] = [first + place, `${sealed.id}-${place}`, placed[place]];
    if (present === undefined) {
      findings.push({ kind: 'missing', seq, record, message: `Record ${seq} is in the log, but not in the database.` });
      continue;
    }
    const { found, own } = hashesIn(present);
    const other = idOf(present) === record ? {} : { other: idOf(present) };
    if (!found.equals(leaf)) suspects.push({ seq, record, found, ...other });
    else if (present.hash !== own) {
      const message = `The hash of record ${seq} was changed, and its content was not.`;
      findings.push({ kind: 'edited', seq, record, message });
    }
  }
  for (const record of beside) {
    const message = `The document with record ${first} has a record that is not in the log.`;
    findings.push({ kind: 'inserted', seq: first, record: idOf(record), message });
  }
  return { findings, suspects };
}

const idOf = (record: AuditRecord) => String(record?.id);

/** No record has this leaf. */
const NO_LEAF = Buffer.alloc(32);

/** The leaf of what is stored, and the hash that the record should have. */
function hashesIn(stored: AuditRecord): { readonly found: Buffer; readonly own?: string } {
  try {
    const { format, text } = entryOf(stored);
    const found = leafOf(format, text);
    return { found, own: format === 1 ? hash('sha256', text) : found.toString('hex') };
  } catch {
    // Somebody has put something into it that records do not have.
    return { found: NO_LEAF };
  }
}

async function checkParts(database: Database, batch: FoundBatch, record: AuditRecord): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seq = batch.first + (batch.stored?.records.indexOf(record) ?? 0);
  for (const { id, hash: expected } of record.changeParts ?? []) {
    const part = await storedPart(database, id);
    if (part === undefined) {
      const message = `The changes ${id} of record ${seq} are missing.`;
      findings.push({ kind: 'part_missing', seq, record: record.id, message });
    } else if (part.hash !== expected) {
      const message = `The changes ${id} of record ${seq} are not those that its hash covers.`;
      findings.push({ kind: 'part_edited', seq, record: record.id, message });
    }
  }
  return findings;
}
