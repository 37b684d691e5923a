import type { Database } from '../../store/database.ts';
import { storedPart } from '../parts.ts';
import { type AuditRecord, auditCollection, entryOf } from '../record.ts';
import { besideLog } from './beside.ts';
import { batchesFrom, placedIn, recordsOf, type SealedRecord } from './sealed.ts';
import type { LogHead } from './segments.ts';

/** How many records a page of an export has by default, and after how many characters it ends. */
const EXPORTED = 1_000;
const EXPORTED_BYTES = 4_000_000;
/** For how long records are looked for that are not in the log, before the page ends. */
const BESIDE_MS = 2_000;

export interface ExportRange {
  /** The last record that the caller has. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

export interface ExportedLines {
  readonly lines: readonly string[];
  /** The last record in `lines`, if there are more. */
  readonly next?: number;
}

/**
 * Sealed records as lines of an export, in their order, with the changes that are stored in parts.
 *
 * @param size of the log; records before `pruned` may have been removed by the retention
 */
export async function exportPage(
  database: Database,
  { size, pruned }: { readonly size: number; readonly pruned: number },
  { after = -1, limit = EXPORTED }: ExportRange,
): Promise<ExportedLines> {
  const lines: string[] = [];
  let [bytes, last, count] = [0, after, 0];
  for await (const batch of batchesFrom(database, after + 1)) {
    for (const sealed of recordsOf(batch)) {
      const { seq } = sealed;
      if (seq <= after) continue;
      if (seq >= size) return { lines };
      if (count === limit || (count > 0 && bytes >= EXPORTED_BYTES)) return { lines, next: last };
      for (const line of [recordLine(sealed, pruned), ...(await partLines(database, seq, sealed.record))]) {
        lines.push(line);
        bytes += line.length;
      }
      [last, count] = [seq, count + 1];
    }
    for (const record of placedIn(batch).beside) lines.push(besideLine(last, record));
  }
  return { lines };
}

export interface ExportedBeside {
  readonly lines: readonly string[];
  /** How many records may yet be sealed; there are no lines of them. */
  readonly unsealed: number;
  /** The id of the last batch that was looked at, if there are more. */
  readonly nextBeside?: string;
}

/**
 * The records that are stored and not in the log, as lines of an export in the order of ids.
 *
 * @param after the id of the last batch that was looked at
 */
export async function besidePage(database: Database, { size }: LogHead, after: string): Promise<ExportedBeside> {
  const until = performance.now() + BESIDE_MS;
  const lines: string[] = [];
  let unsealed = 0;
  for await (const { last, beside } of besideLog(database, after)) {
    for (const { id, leaves, isInserted } of beside) {
      if (!isInserted) {
        unsealed += leaves.length;
        continue;
      }
      const stored = await database.get(auditCollection, id);
      for (const record of stored?.records ?? []) lines.push(besideLine(size - 1, record));
    }
    if (performance.now() > until || lines.length >= EXPORTED) return { lines, unsealed, nextBeside: last };
  }
  return { lines, unsealed };
}

async function partLines(database: Database, seq: number, record: AuditRecord | undefined): Promise<string[]> {
  const lines: string[] = [];
  for (const { id } of record?.changeParts ?? []) {
    const part = await storedPart(database, id);
    if (part === undefined) continue;
    const salt = part.salt === undefined ? '' : `"salt":"${part.salt}",`;
    lines.push(`{"of":${seq},"part":"${id}","hash":"${part.hash}",${salt}"changes":${part.text}}`);
  }
  return lines;
}

function recordLine({ seq, id, format, leaf, record }: SealedRecord, pruned: number): string {
  const about = `{"seq":${seq},"id":${JSON.stringify(id)},"leaf":"${leaf.toString('hex')}","format":${format}`;
  if (record !== undefined) return `${about},"record":${textOf(record)}}`;
  return `${about},"${seq < pruned ? 'pruned' : 'missing'}":true}`;
}

function besideLine(seq: number, record: AuditRecord): string {
  return `{"beside":${seq},"id":${JSON.stringify(String(record.id))},"record":${textOf(record)}}`;
}

const textOf = (record: AuditRecord) => entryOf(record).text;
