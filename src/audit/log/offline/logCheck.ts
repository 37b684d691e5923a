import { hash } from 'node:crypto';
import { leafOf } from '../entry.ts';
import { CompactRange } from '../tree.ts';
import type { BesideLine, ExportLine, PartLine, RecordLine } from './exportLine.ts';
import type { Findings } from './report.ts';
import { type KnownCheckpoint, leavesOfReceipt, type Receipt, type Trusted } from './trusted.ts';

/** A record whose text does not have the leaf that the export says. */
interface Suspect {
  readonly seq: number;
  readonly id: string | undefined;
  readonly leaf: string;
  readonly found: string;
}

/** More of them are not looked at together: they are edited. */
const MAX_SUSPECTS = 10_000;
const MAX_GAPS = 1_000;

/**
 * Checks the lines of an export in their order, and compares the tree with checkpoints as it reaches their sizes. It keeps
 * the peaks of the tree, the receipts and what is wrong, and nothing of the records.
 */
export class LogCheck {
  readonly #findings: Findings;
  readonly #checkpoints: readonly KnownCheckpoint[];
  readonly #sizes: ReadonlySet<number>;
  readonly #receipts: ReceiptCheck;
  /** The changes of the key that were not found in the log yet. */
  readonly #rotations: Set<string>;
  /** The tree over the leaves that the export says. */
  #tree = new CompactRange();
  /** The tree over the leaves of the texts, where they differ since the last checkpoint. */
  #ofTexts: CompactRange | undefined;
  #suspects: Suspect[] = [];
  /** The sequence number of the next record. */
  #next = 0;
  #gaps: { from: number; to: number }[] = [];
  /** The parts that the last record names and that have not come yet, with their hashes. */
  #parts = new Map<string, string>();
  #last: RecordLine | undefined;
  #hasGap = false;
  /** The largest size at which the tree was compared with a checkpoint, and the one at which they agreed. */
  #compared = 0;
  #agreed = 0;
  #agreeing = 0;
  #pruned = 0;
  #recorded = 0;

  constructor(
    { checkpoints, rotations }: Pick<Trusted, 'checkpoints' | 'rotations'>,
    receipts: readonly Receipt[],
    findings: Findings,
  ) {
    this.#checkpoints = checkpoints;
    this.#rotations = new Set(rotations.map(({ note }) => note));
    this.#sizes = new Set(checkpoints.map(({ size }) => size));
    this.#receipts = new ReceiptCheck(receipts, findings);
    this.#findings = findings;
    this.#findForks();
    this.#compare();
  }

  add(line: ExportLine): void {
    if (line.type === 'part') this.#addPart(line);
    else {
      this.#endParts();
      if (line.type === 'record') this.#addRecord(line);
      else if (line.type === 'beside') this.#addBeside(line);
    }
  }

  /** To be called after the last line. @param isTorn whether the last line is not whole */
  finish(isTorn: boolean): LogResult {
    this.#endParts();
    this.#settle('edited');
    for (const { from, to } of this.#gaps)
      this.#findings.add({ kind: 'gap', seq: from, message: gapMessage(from, to) });
    for (const checkpoint of this.#checkpoints) this.#reportBeyond(checkpoint, isTorn);
    const { found: receipts, withoutText: receiptsWithoutText } = this.#receipts.finish();
    const root = this.#rootAtEnd();
    return {
      records: this.#next,
      checked: this.#compared,
      checkpoints: this.#agreeing,
      pruned: this.#pruned,
      receipts,
      receiptsWithoutText,
      rotations: this.#recorded,
      ...(root === undefined ? {} : { root }),
    };
  }

  #addRecord(line: RecordLine): void {
    const { seq, leaf, text } = line;
    if (seq < this.#next) {
      this.#addEarlier(line);
      return;
    }
    if (seq > this.#next) this.#skipTo(seq);
    this.#next = seq + 1;
    this.#see(line);
    const found = text === undefined ? leaf : leafOf(line.format, text);
    const differs = !found.equals(leaf);
    if (differs) this.#suspect({ seq, id: line.id, leaf: leaf.toString('hex'), found: found.toString('hex') });
    // After a gap the tree cannot be computed any more.
    if (this.#hasGap) return;
    if (differs) this.#ofTexts ??= new CompactRange(this.#tree.size, this.#tree.peaks);
    this.#tree.append(leaf);
    this.#ofTexts?.append(found);
    this.#compare();
  }

  #see(line: RecordLine): void {
    this.#last = line;
    if (line.without === 'pruned') this.#pruned += 1;
    if (line.without === 'missing') {
      const message = `Record ${line.seq} is in the log, but was removed from the database.`;
      this.#findings.add({ kind: 'missing', ...named(line), message });
    }
    if (line.text !== undefined) this.#expectParts(line, line.text);
    this.#receipts.see(line);
  }

  #skipTo(seq: number): void {
    this.#settle('edited');
    this.#hasGap = true;
    if (this.#gaps.length < MAX_GAPS) this.#gaps.push({ from: this.#next, to: seq });
  }

  /** A record whose number was passed already: it comes too late, or a second time. */
  #addEarlier(line: RecordLine): void {
    const { seq } = line;
    const gap = this.#gaps.find(({ from, to }) => from <= seq && seq < to);
    if (gap === undefined) {
      this.#last = undefined;
      this.#findings.add({
        kind: 'inserted',
        ...named(line),
        message: `The export has a record ${seq} a second time.`,
      });
      return;
    }
    this.#gaps.splice(this.#gaps.indexOf(gap), 1, ...rest(gap, seq));
    this.#findings.add({
      kind: 'reordered',
      ...named(line),
      message: `Record ${seq} stands after record ${this.#next - 1}.`,
    });
    this.#see(line);
  }

  #addBeside({ after, id }: BesideLine): void {
    const message = `This record is in the database after record ${after}, but not in the log.`;
    this.#findings.add({ kind: 'inserted', seq: after + 1, record: id, message });
  }

  #expectParts(line: RecordLine, text: Buffer): void {
    const record = parsedRecord(text);
    if (record === undefined) return;
    if (record.command === ROTATION && leafOf(line.format, text).equals(line.leaf)) {
      if (this.#rotations.delete(String(record.params?.rotation))) this.#recorded += 1;
    }
    if (line.id !== undefined && record.id !== line.id) {
      const message = `The export names the record ${line.id}, but it is ${record.id}.`;
      this.#findings.add({ kind: 'edited', ...named(line), message });
    }
    for (const { id, hash: expected } of record.changeParts ?? []) this.#parts.set(id, expected);
  }

  #addPart({ of, id, hash: claimed, salt, text }: PartLine): void {
    const record = this.#last?.id;
    const place = { seq: of, ...(record === undefined ? {} : { record }) };
    const expected = of === this.#last?.seq ? this.#parts.get(id) : undefined;
    if (expected === undefined) {
      this.#findings.add({ kind: 'inserted', ...place, message: `Record ${of} does not name the changes ${id}.` });
      return;
    }
    this.#parts.delete(id);
    if (hash('sha256', Buffer.concat([Buffer.from(salt), text])) !== expected || claimed !== expected) {
      const message = `The changes ${id} of record ${of} are not those that its hash covers.`;
      this.#findings.add({ kind: 'part_edited', ...place, message });
    }
  }

  #endParts(): void {
    for (const id of this.#parts.keys()) {
      const message = `The changes ${id} of record ${this.#last?.seq} are missing.`;
      this.#findings.add({ kind: 'part_missing', ...named(this.#last ?? {}), message });
    }
    this.#parts.clear();
  }

  #suspect(suspect: Suspect): void {
    if (this.#suspects.length >= MAX_SUSPECTS) this.#settle('edited');
    this.#suspects.push(suspect);
  }

  /** Compares the tree with all checkpoints of its size. */
  #compare(): void {
    if (!this.#sizes.has(this.#tree.size)) return;
    const here = this.#checkpoints.filter(({ size }) => size === this.#tree.size);
    const [root, ofTexts] = [this.#tree.root(), this.#ofTexts?.root()];
    const sealed = here.some((checkpoint) => checkpoint.root.equals(root));
    if (!sealed && ofTexts !== undefined && here.some((checkpoint) => checkpoint.root.equals(ofTexts))) {
      this.#settle('seal_edited');
      this.#tree = this.#ofTexts as CompactRange;
    } else this.#settle('edited');
    this.#ofTexts = undefined;
    for (const checkpoint of here) this.#compareWith(checkpoint, this.#tree.root());
    this.#compared = this.#tree.size;
    if (here.some((checkpoint) => checkpoint.root.equals(this.#tree.root()))) this.#agreed = this.#tree.size;
  }

  #compareWith({ file, root, size, isNewest }: KnownCheckpoint, found: Buffer): void {
    if (root.equals(found)) {
      this.#agreeing += 1;
      return;
    }
    const range = size === 0 ? 'The empty log' : `Records ${this.#agreed} to ${size - 1}`;
    const [kind, message] = isNewest
      ? (['seal_edited', `${range}: their leaves are not those that ${file} signed.`] as const)
      : (['rewritten', `${range} are not those that the log had when it signed ${file}.`] as const);
    this.#findings.add({ kind, seq: this.#agreed, message });
  }

  /** Says what the suspects since the last checkpoint are: swapped with each other, or of this kind. */
  #settle(kind: 'edited' | 'seal_edited'): void {
    const byLeaf = new Map(this.#suspects.map((suspect) => [suspect.leaf, suspect]));
    for (const suspect of this.#suspects) {
      const { seq, found } = suspect;
      const other = byLeaf.get(found);
      if (kind === 'edited' && other !== undefined) {
        const message = `In the place of record ${seq} stands record ${other.seq}.`;
        this.#findings.add({ kind: 'reordered', ...named(suspect), message });
      } else if (kind === 'edited') {
        this.#findings.add({ kind, ...named(suspect), message: `Record ${seq} is not as it was when it was sealed.` });
      } else {
        const message = `Record ${seq} is as it was signed, but the leaf that the log has for it is another.`;
        this.#findings.add({ kind, ...named(suspect), message });
      }
    }
    this.#suspects = [];
  }

  #findForks(): void {
    for (const [i, { size, root, file }] of this.#checkpoints.entries()) {
      const other = this.#checkpoints[i - 1];
      if (other?.size !== size || other.root.equals(root)) continue;
      const message = `${other.file} and ${file} are signed, and have different roots for the same ${size} records.`;
      this.#findings.add({ kind: 'fork', seq: size, message });
    }
  }

  #reportBeyond({ file, size, isNewest }: KnownCheckpoint, isTorn: boolean): void {
    if (size <= this.#next || (isNewest && isTorn && size === this.#next + 1)) return;
    const message = isNewest
      ? `The log has ${size} records, but the export ends after ${this.#next}.`
      : `The log had ${size} records when it signed ${file}, and the export has ${this.#next}.`;
    this.#findings.add({ kind: 'truncated', seq: this.#next, message });
  }

  #rootAtEnd(): string | undefined {
    const reached = this.#checkpoints.findLast(({ size }) => size === this.#compared);
    return reached?.root.toString('base64');
  }
}

export interface LogResult {
  readonly records: number;
  /** The size of the largest checkpoint that the records were compared with. */
  readonly checked: number;
  readonly root?: string;
  readonly checkpoints: number;
  readonly pruned: number;
  readonly receipts: number;
  readonly receiptsWithoutText: number;
  /** How many changes of the key are recorded. */
  readonly rotations: number;
}

/** Looks for the records of receipts. */
class ReceiptCheck {
  readonly #findings: Findings;
  /** Those that were not found yet, by the ids of their records and by the leaves that these may have. */
  readonly #byRecord = new Map<string, Set<Receipt>>();
  readonly #byLeaf = new Map<string, Set<Receipt>>();
  readonly #open: Set<Receipt>;
  #found = 0;
  #withoutText = 0;

  constructor(receipts: readonly Receipt[], findings: Findings) {
    this.#findings = findings;
    this.#open = new Set(new Map(receipts.map((receipt) => [`${receipt.record} ${receipt.hash}`, receipt])).values());
    for (const receipt of this.#open) {
      addTo(this.#byRecord, receipt.record, receipt);
      for (const leaf of leavesOfReceipt(receipt)) addTo(this.#byLeaf, leaf, receipt);
    }
  }

  see(line: RecordLine): void {
    if (this.#open.size === 0) return;
    const leaf = line.leaf.toString('hex');
    const same = this.#byLeaf.get(leaf) ?? [];
    // The id of a pruned record may be unknown.
    const named = line.id === undefined ? [] : (this.#byRecord.get(line.id) ?? []);
    for (const receipt of new Set([...same, ...named])) {
      if (!this.#open.delete(receipt)) continue;
      const isSame = leavesOfReceipt(receipt).includes(leaf) && (line.id ?? receipt.record) === receipt.record;
      if (!isSame) {
        this.#reportOther(line, receipt);
        continue;
      }
      this.#found += 1;
      if (line.text === undefined) this.#withoutText += 1;
    }
  }

  #reportOther({ seq, id }: RecordLine, { record }: Receipt): void {
    const message = `Record ${seq} of the log is not the one of the receipt for ${record}.`;
    this.#findings.add({ kind: 'receipt_differs', ...named({ seq, id }), message });
  }

  /** How many were found as they were given, and of how many of these the record has no text any more. */
  finish(): { readonly found: number; readonly withoutText: number } {
    for (const { record } of this.#open) {
      const message = `The record ${record} of a receipt is not in the export: it was removed, is newer, or is of another service.`;
      this.#findings.add({ kind: 'receipt_not_found', record, message });
    }
    return { found: this.#found, withoutText: this.#withoutText };
  }
}

function addTo<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

/** The command of the records about changes of the key. */
const ROTATION = 'rotateSigningKey';

interface ParsedRecord {
  readonly id?: unknown;
  readonly command?: unknown;
  readonly params?: { readonly rotation?: unknown };
  readonly changeParts?: readonly { readonly id: string; readonly hash: string }[];
}

function parsedRecord(text: Buffer): ParsedRecord | undefined {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}

const named = ({ seq, id }: { readonly seq?: number | undefined; readonly id?: string | undefined }) => ({
  ...(seq === undefined ? {} : { seq }),
  ...(id === undefined ? {} : { record: id }),
});

/** A gap without this number, which may leave two. */
const rest = ({ from, to }: { readonly from: number; readonly to: number }, seq: number) =>
  [
    { from, to: seq },
    { from: seq + 1, to },
  ].filter((gap) => gap.from < gap.to);

const gapMessage = (from: number, to: number) =>
  to - from === 1
    ? `Record ${from} is not in the export; what follows cannot be compared with the checkpoint.`
    : `Records ${from} to ${to - 1} are not in the export; what follows cannot be compared with the checkpoint.`;
