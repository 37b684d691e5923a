import { refuse } from '../../base/errors.ts';
import type { AuditFinding as Finding } from '../../base/schemas/generated.ts';
import type { Database } from '../../store/database.ts';
import type { ItemLimits } from '../../store/size.ts';
import { auditCollection } from '../record.ts';
import { withSignatures } from './checkpoint.ts';
import { cosigned, signaturesOf } from './cosigned.ts';
import { leafOfReceipt, type RecordFormat } from './entry.ts';
import { besidePage, type ExportRange, exportPage } from './exportPage.ts';
import { cosignedBy, keptCheckpoint, witnessKeyIn } from './kept.ts';
import { disputeOf, trustedKeys } from './keyRotation.ts';
import { leavesBetween, MissingNodeError, storedNodes, storedRoot } from './nodes.ts';
import { auditSegments, type LogHead, logHead, segmentsFrom } from './segments.ts';
import { parseNote, parseVerifierKey, type Signer, type VerifierKey, verifierKeyText } from './signedNote.ts';
import { prunedBelow } from './snapshots.ts';
import { consistencyProof, inclusionProof, type NodeSource } from './tree.ts';
import { storedAfter } from './unsealed.ts';
import {
  beginVerification,
  checkedNote,
  continueVerification,
  type KnownRoot,
  type Verification,
} from './verification.ts';

/** The receipt of a call. */
export interface Receipt {
  readonly record: string;
  readonly hash: string;
}

export interface VerifyRequest {
  /** The first record to check, and the one to end before; the whole log by default. */
  readonly from?: number;
  readonly to?: number;
  readonly receipts?: readonly Receipt[];
  /** Signed checkpoints that were kept elsewhere. */
  readonly checkpoints?: readonly string[];
  /** The keys of witnesses, each of which must have cosigned one of the checkpoints. */
  readonly witnessKeys?: readonly string[];
}

/** How far the log is behind the records. */
export interface Lag {
  readonly size: number;
  /** Records that are not sealed, as far as they are counted. */
  readonly unsealed: number;
  /** The age of the oldest of them; 0 if there is none. */
  readonly oldestSeconds: number;
}

/** Where a record is in the log. */
interface Place {
  readonly seq: number;
  readonly format: RecordFormat;
  readonly leaf: Buffer;
}

/** The keys that the configuration names. */
export interface KnownKeys {
  /** Of witnesses: what they have cosigned is verified. */
  readonly witnesses?: readonly VerifierKey[];
  /** With which the log was signed before its present key. */
  readonly earlier?: readonly VerifierKey[];
}

/** What is read of the log for those who check it. */
export class AuditLog {
  readonly #database: Database;
  readonly #signer: Signer;
  readonly #witnesses: readonly VerifierKey[];
  /** The keys that are trusted, whatever the database says. */
  readonly #known: readonly VerifierKey[];

  constructor(database: Database, signer: Signer, { witnesses = [], earlier = [] }: KnownKeys = {}) {
    this.#database = database;
    this.#signer = signer;
    this.#witnesses = witnesses;
    this.#known = [signer.key, ...earlier];
  }

  /** How much a call does at once. */
  get limits(): ItemLimits {
    return this.#database.limits;
  }

  /** The public keys of the log as verifier keys, the newest last. */
  async keys(): Promise<string[]> {
    return this.#keyTexts(await logHead(this.#database));
  }

  #keyTexts({ keys }: LogHead): string[] {
    const own = verifierKeyText(this.#signer.key);
    return [...new Set([...keys.map(({ key }) => key).filter((key) => key !== own), own])];
  }

  /**
   * The text of the file of keys for auditors. A key that another one has replaced, and for which that one vouches, is only a
   * comment: whoever trusts the newest key trusts it as far as it counts.
   */
  async keyFile(): Promise<string> {
    const head = await logHead(this.#database);
    const replaced = trustedKeys([this.#signer.key], head).keys.flatMap((key) =>
      key.until === undefined ? [] : [[verifierKeyText(key), key.until] as const],
    );
    const present = this.#keyTexts(head).filter((key) => !replaced.some(([text]) => text === key));
    const comments = replaced.map(([text, until]) => `# replaced after ${until} records: ${text}`);
    return [...present, ...comments].map((line) => `${line}\n`).join('');
  }

  #verifierKeys(head: LogHead): VerifierKey[] {
    return trustedKeys(this.#keyTexts(head).map(parseVerifierKey), head).keys;
  }

  /** The keys that the database names, and that nobody should trust. */
  #unknownKeys(head: LogHead): Finding[] {
    const { keys, disputed } = trustedKeys(this.#known, head);
    const findings = disputed.map((key): Finding => ({ kind: 'signature_invalid', message: disputeOf(key) }));
    const known = keys.map(verifierKeyText);
    const unknown = head.keys.flatMap(({ key, from }): Finding[] => {
      if (known.includes(key)) return [];
      const message = `The log names the key ${key}, which is neither that of the service nor one of audit-earlier-keys, and for which none of these vouches: somebody may have added it.`;
      return [{ kind: 'signature_invalid', seq: from, message }];
    });
    return [...findings, ...unknown];
  }

  /** The newest signed checkpoint, with what witnesses have added to it; undefined if nothing is sealed yet. */
  async checkpoint(): Promise<string | undefined> {
    const { checkpoint } = await logHead(this.#database);
    if (checkpoint === undefined) return undefined;
    const signatures = signaturesOf(parseNote(checkpoint).text, await cosigned(this.#database));
    return signatures.length === 0 ? checkpoint : withSignatures(checkpoint, signatures);
  }

  /** How many records the newest checkpoint has that each witness has cosigned, by its URL. */
  async cosignedSizes(): Promise<ReadonlyMap<string, number>> {
    return new Map((await cosigned(this.#database)).map(({ _id, size }) => [_id, size]));
  }

  /** Records that were committed later than others with higher ids are not counted. */
  async lag(): Promise<Lag> {
    const { size, last = '' } = await logHead(this.#database);
    const { records, oldest } = await storedAfter(this.#database, last);
    const made = oldest === undefined ? Date.now() : Number.parseInt(oldest.slice(0, 8), 16) * 1000;
    return { size, unsealed: records, oldestSeconds: Math.max(0, Math.round((Date.now() - made) / 1000)) };
  }

  /**
   * Shows that the record of a receipt is in the log.
   *
   * @throws record_unknown, not_sealed, receipt_wrong, log_damaged
   */
  async proveRecord({ record, hash }: Receipt) {
    const head = await logHead(this.#database);
    const { checkpoint, size } = head;
    const place = await this.#placeOf(record);
    if (place === undefined) throw await this.#notInLog(record);
    if (checkpoint === undefined || place.seq >= size) throw refuse('not_sealed', record);
    if (!place.leaf.equals(leafOfReceipt(place.format, hash))) throw refuse('receipt_wrong', record);
    const proof = await this.#proving((nodes) => inclusionProof({ index: place.seq, size }, nodes));
    const leaf = place.leaf.toString('hex');
    return { seq: place.seq, leaf, size, proof: inBase64(proof), checkpoint, keyRotations: rotationsIn(head) };
  }

  /**
   * Shows that the log of one size is the beginning of the log of another.
   *
   * @param to the newest size by default
   * @throws size_unknown, log_damaged
   */
  async proveConsistency({ from, to }: { readonly from: number; readonly to?: number | undefined }) {
    const head = await logHead(this.#database);
    const size = to ?? head.size;
    const checkpoint = size === head.size ? head.checkpoint : await this.#checkpointOf(size);
    if (checkpoint === undefined || size > head.size) throw refuse('size_unknown', size, head.size);
    if (from > size) throw refuse('size_unknown', from, size);
    const proof = await this.#proving((nodes) => consistencyProof({ from, to: size }, nodes));
    return { from, to: size, proof: inBase64(proof), checkpoint, keyRotations: rotationsIn(head) };
  }

  async #checkpointOf(size: number): Promise<string | undefined> {
    for await (const segment of segmentsFrom(this.#database, Math.max(size - 1, 0))) {
      return segment.size === size ? segment.checkpoint : undefined;
    }
    return undefined;
  }

  async #proving(prove: (nodes: NodeSource) => Promise<Buffer[]>): Promise<Buffer[]> {
    try {
      return await prove(storedNodes(this.#database));
    } catch (error) {
      throw error instanceof MissingNodeError ? refuse('log_damaged', error.message) : error;
    }
  }

  async #placeOf(record: string): Promise<Place | undefined> {
    const [batch = '', number = ''] = record.split('-');
    const [segment] = await this.#database.find(auditSegments, { 'batches.id': { $eq: batch } }, { limit: 1 });
    if (segment === undefined) return undefined;
    let seq = segment.first;
    for (const { id, count, format = 2 } of segment.batches) {
      if (id === batch && Number(number) < count) {
        seq += Number(number);
        const [leaf] = leavesBetween(segment, seq, seq + 1);
        return leaf === undefined ? undefined : { seq, format, leaf };
      }
      seq += count;
    }
    return undefined;
  }

  async #notInLog(record: string) {
    const [batch = ''] = record.split('-');
    const stored = await this.#database.get(auditCollection, batch);
    return refuse(stored?.records.some(({ id }) => id === record) ? 'not_sealed' : 'record_unknown', record);
  }

  /**
   * Begins to verify the log, which {@link goOn} continues.
   *
   * @throws checkpoint_unfit, size_unknown, invalid_params for what is no key of a witness
   */
  async verify(request: VerifyRequest): Promise<Verification> {
    const { from = 0, to, receipts = [], checkpoints = [] } = request;
    const required = (request.witnessKeys ?? []).map(witnessKeyIn);
    const head = await logHead(this.#database);
    const end = Math.min(to ?? head.size, head.size);
    if (from > end || (to !== undefined && to > head.size))
      throw refuse('size_unknown', Math.max(from, to ?? 0), head.size);
    const keys = this.#verifierKeys(head);
    const [roots, findings] = this.#headRoot(head, keys);
    const known = [...keys, ...this.#witnesses, ...required];
    const kept = checkpoints.map((note) => keptCheckpoint(note, known, this.#signer.key.name));
    for (const { size, root } of kept) roots.push({ size, root: root.toString('base64'), from: 'kept' });
    findings.push(...this.#unknownKeys(head));
    const cosigned = cosignedBy([...this.#witnesses, ...required], kept);
    for (const { name, id } of required) {
      if (cosigned.some(({ witness, key }) => witness === name && key === id)) continue;
      const message = `The witness ${name} (key ${id}) has cosigned none of the checkpoints.`;
      findings.push({ kind: 'signature_invalid', message });
    }
    const seen = await this.#lookUp(receipts);
    findings.push(...seen.findings);
    for (const { size, from: source } of roots) {
      if (size <= head.size || source !== 'kept') continue;
      const message = `The kept checkpoint has ${size} records, but the log has only ${head.size}.`;
      findings.push({ kind: 'truncated', seq: head.size, message });
    }
    const outside = roots.filter(({ size }) => size <= head.size && (size < from || size > end));
    for (const root of outside) findings.push(...(await this.#compared(root)));
    const within = roots.filter((root) => root.size <= head.size && !outside.includes(root));
    const beginning = { from, to: end, roots: within, receipts: seen.found, cosigned, findings };
    return beginVerification({ database: this.#database, keys, known: this.#known }, beginning);
  }

  /** Goes on for some seconds. */
  async goOn(state: Verification): Promise<Verification> {
    const keys = this.#verifierKeys(await logHead(this.#database));
    return continueVerification({ database: this.#database, keys, known: this.#known }, state);
  }

  #headRoot(head: LogHead, keys: readonly VerifierKey[]): [KnownRoot[], Finding[]] {
    if (head.checkpoint === undefined) return [[], []];
    const checked = checkedNote(head.checkpoint, keys);
    if ('kind' in checked) return [[], [{ ...checked, seq: head.size }]];
    if (checked.size !== head.size) {
      const message = `The log has ${head.size} records, but its newest checkpoint is for ${checked.size}.`;
      return [[], [{ kind: 'checkpoint_invalid', seq: head.size, message }]];
    }
    return [[{ size: checked.size, root: checked.root.toString('base64'), from: 'head' }], []];
  }

  /** Compares a checkpoint outside of the range with what the log says, which is not computed anew there. */
  async #compared({ size, root, from }: KnownRoot): Promise<Finding[]> {
    try {
      const stored = await storedRoot(size, storedNodes(this.#database));
      if (stored.toString('base64') === root) return [];
    } catch (error) {
      if (!(error instanceof MissingNodeError)) throw error;
    }
    const kind = from === 'kept' ? 'rewritten' : 'seal_edited';
    return [
      { kind, seq: Math.max(size - 1, 0), message: `The log is not the one that was signed at ${size} records.` },
    ];
  }

  async #lookUp(receipts: readonly Receipt[]): Promise<{ readonly found: number; readonly findings: Finding[] }> {
    const findings: Finding[] = [];
    let found = 0;
    for (const { record, hash } of receipts) {
      const place = await this.#placeOf(record);
      if (place === undefined) findings.push(...(await this.#lookUpUnsealed({ record, hash })));
      else if (place.leaf.equals(leafOfReceipt(place.format, hash))) found += 1;
      else {
        const { seq } = place;
        findings.push({ kind: 'receipt_differs', seq, record, message: `Record ${seq} is not that of the receipt.` });
      }
    }
    return { found, findings };
  }

  async #lookUpUnsealed({ record, hash }: Receipt): Promise<Finding[]> {
    const [batch = ''] = record.split('-');
    const stored = await this.#database.get(auditCollection, batch);
    const present = stored?.records.find(({ id }) => id === record);
    if (present === undefined) {
      return [{ kind: 'receipt_not_found', record, message: `The record of a receipt, ${record}, is not in the log.` }];
    }
    if (present.hash === hash) {
      const message = `The record of a receipt, ${record}, is not sealed yet: verify again in a few seconds.`;
      return [{ kind: 'receipt_not_found', record, message }];
    }
    return [{ kind: 'receipt_differs', record, message: `The record ${record} is not that of the receipt.` }];
  }

  /** A page of an export: {@link exportPage}, or, with the id of a batch, what is stored beside the log. */
  async export({ beside, ...range }: ExportRange & { readonly beside?: string | undefined } = {}) {
    const head = await logHead(this.#database);
    const witnessed = (await cosigned(this.#database)).map(({ note }) => note);
    const page =
      beside === undefined
        ? exportPage(this.#database, { size: head.size, pruned: await prunedBelow(this.#database, this.#known) }, range)
        : besidePage(this.#database, head, beside);
    const signed = { checkpoint: head.checkpoint ?? '', keys: this.#keyTexts(head), keyRotations: rotationsIn(head) };
    return { ...(await page), ...signed, cosigned: witnessed };
  }
}

const inBase64 = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('base64'));

/** For each change of the key, the note that both keys have signed. */
const rotationsIn = ({ keys }: LogHead): string[] => keys.flatMap(({ rotation }) => rotation ?? []);
