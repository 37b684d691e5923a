import { mkdir, open, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../base/errorCode.ts';
import { OperatorError } from '../../../base/errors.ts';
import { parseCheckpoint, withSignatures } from '../checkpoint.ts';
import { writeDurably } from '../durableFile.ts';
import { NoteError, parseNote } from '../signedNote.ts';
import { provesConsistency } from '../tree.ts';
import { EXPORT, linesOf, namesIn, recordFileName, recordFiles, textIfThere } from './exportFiles.ts';
import { parseExportLine, type RecordLine } from './exportLine.ts';
import { mustRead } from './trusted.ts';

/** What `exportAudit` answers. */
export interface ExportPage {
  readonly lines: readonly string[];
  /** Present if there are more records. */
  readonly next?: unknown;
  readonly checkpoint: string;
  readonly keys: readonly string[];
  /** For each change of the key, the note that both keys have signed. Services of earlier versions have none. */
  readonly keyRotations?: readonly string[];
  /** Checkpoints that witnesses have cosigned. */
  readonly cosigned?: readonly string[];
}

/** What `exportAudit` answers about what is stored beside the log. */
interface Beside {
  readonly lines: readonly string[];
  readonly unsealed?: number;
  readonly nextBeside?: string;
}

/** Asks for the records after this one, or for the first ones. */
export type PageSource = (after: number | undefined) => Promise<ExportPage>;

/** What `proveConsistency` answers. */
interface Continuation {
  readonly proof: readonly string[];
  readonly checkpoint: string;
}

export interface ExportOptions {
  readonly pages: PageSource;
  /** Asks for the proof that the log of this size is the beginning of the log now. */
  readonly continuation: (from: number) => Promise<Continuation>;
  /** Asks for what is stored beside the log, after the batch with this id. */
  readonly beside: (after: string) => Promise<Beside>;
  /** Called after each page, with the number of records in the export and in the log. */
  readonly progress?: (records: number, size: number) => void;
  readonly recordsInFile?: number;
}

export interface Exported {
  /** How many records were there before. */
  readonly from: number;
  /** How many are there now, and how many the log has that the service does not give. */
  readonly to: number;
  readonly missing: number;
  readonly origin: string;
}

const RECORDS_IN_FILE = 100_000;
const LOCK = 'lock';

/**
 * Continues the export in a folder, or begins one. What was interrupted is continued by the next run. An export is never
 * overwritten with a log that is not its continuation: it may be the only trace of what was removed.
 *
 * @throws OperatorError
 */
export async function exportTo(folder: string, options: ExportOptions): Promise<Exported> {
  await assertExportable(folder);
  await mkdir(join(folder, EXPORT.records), { recursive: true });
  const release = await lock(folder);
  try {
    return await exportLocked(folder, options);
  } finally {
    await release();
  }
}

async function exportLocked(folder: string, options: ExportOptions): Promise<Exported> {
  const place = await endOf(folder);
  let page = await options.pages(place.after);
  await checkedHead(folder, page);
  await assertContinued(folder, options);
  if (place.last !== undefined) assertSameRecord(page, place.last);
  await addKeys(folder, page);
  const writer = await RecordWriter.at(folder, place, options.recordsInFile ?? RECORDS_IN_FILE);
  try {
    for (;;) {
      const before = writer.next;
      await writer.write(page.lines);
      const { size } = headOf(page.checkpoint);
      options.progress?.(writer.next, size);
      if (page.next === undefined && writer.next >= size) break;
      // What the service cannot give is missing in its database. The verification of the export will say so.
      if (writer.next === before) break;
      page = await options.pages(writer.next - 1);
    }
  } finally {
    await writer.close();
  }
  const { size, origin } = await checkedHead(folder, page);
  await addKeys(folder, page);
  await saveCheckpoint(folder, page.checkpoint);
  for (const note of page.cosigned ?? []) await saveCosigned(folder, note, writer.next);
  await saveBeside(folder, options);
  const from = place.last === undefined ? 0 : place.last.seq + 1;
  return { from, to: writer.next, missing: Math.max(0, size - writer.next), origin };
}

async function assertExportable(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names === undefined || names.length === 0 || names.includes(EXPORT.records)) return;
  throw new OperatorError(`${folder} is not empty, and not an export of the audit.`);
}

/**
 * Keeps a second export out of the folder. The lock of a process that was killed counts for nothing.
 *
 * @throws OperatorError
 */
async function lock(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, LOCK);
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const holder = Number(await textIfThere(file));
    if (holder !== process.pid && isRunning(holder)) {
      throw new OperatorError(`Another steward audit export (process ${holder}) writes into ${folder}.`);
    }
    await rm(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Where an export continues: in this file, at this offset, which is where its last record begins. */
interface Place {
  readonly file?: string;
  readonly offset: number;
  /** The records in the file, with the last one. */
  readonly records: number;
  readonly after: number | undefined;
  /** The last record, which is written again: its parts may be incomplete. */
  readonly last?: RecordLine;
}

async function endOf(folder: string): Promise<Place> {
  const names = await namesIn(join(folder, EXPORT.records));
  const files = names === undefined ? [] : await recordFiles(folder);
  for (const file of files.toReversed()) {
    let found: Place | undefined;
    let records = 0;
    for await (const { bytes, isWhole, start } of linesOf(file)) {
      const line = isWhole ? parseExportLine(bytes) : undefined;
      if (line?.type !== 'record') continue;
      const after = line.seq === 0 ? undefined : line.seq - 1;
      // The bytes of the line are used again for others.
      found = { file, offset: start, records, after, last: { ...line, leaf: Buffer.from(line.leaf) } };
      records += 1;
    }
    if (found !== undefined) return found;
    await unlink(file);
  }
  return { offset: 0, records: 0, after: undefined };
}

/** @throws OperatorError if the service has another record in this place */
function assertSameRecord({ lines }: ExportPage, last: RecordLine): void {
  const [line = ''] = lines.filter((text) => !text.startsWith('{"beside":'));
  const given = parseExportLine(Buffer.from(line));
  if (given?.type === 'record' && given.seq === last.seq && given.leaf.equals(last.leaf)) return;
  throw new OperatorError(
    `The service does not have record ${last.seq} of the export any more, or another one in its place. The export was not changed; keep it, and run steward audit verify.`,
  );
}

const headOf = (note: string) => parseCheckpoint(parseNote(note).text);

/** @throws OperatorError if the checkpoint is not a later one of the same log as that in the folder */
async function checkedHead(folder: string, { checkpoint }: ExportPage) {
  if (checkpoint === '')
    throw new OperatorError('The service has not sealed any record yet: try again in some seconds.');
  const given = asOperator(() => headOf(checkpoint), "the service's checkpoint");
  const old = await textIfThere(join(folder, EXPORT.checkpoint));
  if (old === undefined) return given;
  const known = asOperator(() => headOf(old), join(folder, EXPORT.checkpoint));
  if (known.origin !== given.origin) {
    throw new OperatorError(
      `${folder} is an export of the log ${known.origin}, but the service has the log ${given.origin}.`,
    );
  }
  if (known.size > given.size) {
    throw new OperatorError(
      `The log of the service has ${given.size} records, but had ${known.size} at the last export: it was cut or rolled back. The export was not changed; keep it.`,
    );
  }
  if (known.size === given.size && !known.root.equals(given.root)) {
    throw new OperatorError(
      `The service has signed another root for the same ${given.size} records. The export was not changed; keep it.`,
    );
  }
  return given;
}

/** @throws OperatorError if the log is not the continuation of the checkpoint in the folder */
async function assertContinued(folder: string, { continuation }: ExportOptions): Promise<void> {
  const old = await textIfThere(join(folder, EXPORT.checkpoint));
  if (old === undefined) return;
  const from = headOf(old);
  const { proof, checkpoint } = await continuation(from.size);
  const to = asOperator(() => headOf(checkpoint), "the service's checkpoint");
  const hashes = proof.map((hash) => Buffer.from(hash, 'base64'));
  if (provesConsistency({ from, to }, hashes)) return;
  throw new OperatorError(
    `The log of the service does not begin with the ${from.size} records of the export: it was rewritten. The export was not changed; keep it, and export into another folder to see how the log is now.`,
  );
}

function asOperator<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new OperatorError(`${what} cannot be read: ${error.message}`);
  }
}

/** Keys stay in the export: they are needed to verify what was signed with them. */
async function addKeys(folder: string, { keys, keyRotations = [] }: ExportPage): Promise<void> {
  await addLines(join(folder, EXPORT.keys), keys);
  const notes = keyRotations.map((note) => JSON.stringify(note));
  await addLines(join(folder, EXPORT.keyRotations), notes);
}

/** Adds the lines that the file does not have yet. */
async function addLines(file: string, lines: readonly string[]): Promise<void> {
  const old = ((await textIfThere(file)) ?? '').split('\n').filter((line) => line !== '');
  const all = [...new Set([...old, ...lines])];
  if (all.length > old.length) await writeDurably(file, all.map((line) => `${line}\n`).join(''));
}

/** Writes what is stored beside the log, as it is now, in place of what it was at the last export. */
async function saveBeside(folder: string, { beside }: ExportOptions): Promise<void> {
  const lines: string[] = [];
  let unsealed = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Beside = await beside(after);
    for (const line of page.lines) {
      const isBeside = !line.includes('\n') && parseExportLine(Buffer.from(line))?.type === 'beside';
      if (!isBeside) throw new OperatorError('The service gave a line that is not one of an export.');
      lines.push(line);
    }
    unsealed += page.unsealed ?? 0;
    after = page.nextBeside;
  }
  lines.push(`{"unsealed":${unsealed}}`);
  await writeDurably(join(folder, EXPORT.beside), lines.map((line) => `${line}\n`).join(''));
}

async function saveCheckpoint(folder: string, note: string): Promise<void> {
  const file = join(folder, EXPORT.checkpoint);
  const old = await textIfThere(file);
  if (old === note) return;
  if (old !== undefined && headOf(old).size < headOf(note).size) {
    await mkdir(join(folder, EXPORT.checkpoints), { recursive: true });
    await writeDurably(join(folder, EXPORT.checkpoints, String(headOf(old).size)), old);
  }
  await writeDurably(file, note);
}

/** Keeps what a witness has cosigned, unless there are more records in it than in the export. */
async function saveCosigned(folder: string, note: string, records: number): Promise<void> {
  const head = asOperator(() => headOf(note), 'a cosigned checkpoint');
  if (head.size > records) return;
  const newest = join(folder, EXPORT.checkpoint);
  const isNewest = headOf(await mustRead(newest)).size === head.size;
  const file = isNewest ? newest : join(folder, EXPORT.checkpoints, String(head.size));
  const old = (await textIfThere(file)) ?? note;
  // Of another text the first is kept, with which the records are compared.
  if (parseNote(old).text !== parseNote(note).text) return;
  await mkdir(join(folder, EXPORT.checkpoints), { recursive: true });
  const lines = parseNote(note).signatures.map(({ line }) => line);
  await writeDurably(file, withSignatures(old, lines));
}

/** Appends lines to the files of records. */
class RecordWriter {
  readonly #folder: string;
  readonly #recordsInFile: number;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  #records: number;
  #next: number;

  private constructor(folder: string, place: Place, recordsInFile: number) {
    this.#folder = join(folder, EXPORT.records);
    this.#recordsInFile = recordsInFile;
    this.#records = Math.max(0, place.records - 1);
    this.#next = place.last?.seq ?? 0;
  }

  /** Cuts off the last record, and continues there. */
  static async at(folder: string, place: Place, recordsInFile: number): Promise<RecordWriter> {
    const writer = new RecordWriter(folder, place, recordsInFile);
    if (place.file !== undefined) {
      await truncate(place.file, place.offset);
      writer.#file = await open(place.file, 'a');
    }
    return writer;
  }

  /** The number of the next record. */
  get next(): number {
    return this.#next;
  }

  async write(lines: readonly string[]): Promise<void> {
    let text = '';
    for (const line of lines) {
      const isRecord = this.#isNextRecord(line);
      if (this.#file === undefined || (isRecord && this.#records >= this.#recordsInFile)) {
        await this.#append(text);
        text = '';
        await this.#begin();
      }
      if (isRecord) {
        this.#next += 1;
        this.#records += 1;
      }
      text += `${line}\n`;
    }
    await this.#append(text);
  }

  /** Whether the line is the next record, or something that belongs to the one before. @throws OperatorError */
  #isNextRecord(line: string): boolean {
    const parsed = line.includes('\n') ? undefined : parseExportLine(Buffer.from(line));
    if (parsed === undefined) throw new OperatorError('The service gave a line that is not one of an export.');
    if (parsed.type !== 'record') return false;
    // A gap is exported as it is.
    this.#next = Math.max(this.#next, parsed.seq);
    if (parsed.seq === this.#next) return true;
    throw new OperatorError(`The service gave record ${parsed.seq} in the place of record ${this.#next}.`);
  }

  async close(): Promise<void> {
    await this.#file?.sync();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #begin(): Promise<void> {
    await this.close();
    this.#file = await open(join(this.#folder, recordFileName(this.#next)), 'wx');
    this.#records = 0;
  }

  async #append(text: string): Promise<void> {
    if (text !== '') await this.#file?.appendFile(text);
  }
}
