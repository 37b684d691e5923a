import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../base/errorCode.ts';
import { OperatorError } from '../../../base/errors.ts';

/** The parts of an export, in its folder. */
export const EXPORT = {
  records: 'records',
  beside: 'beside',
  checkpoint: 'checkpoint',
  checkpoints: 'checkpoints',
  keys: 'keys',
  keyRotations: 'key-rotations',
} as const;

const NEWLINE = 0x0a;
const CHUNK = 1024 * 1024;
/** Longer lines are not read into memory: no record of MongoDB takes so much. */
const MAX_LINE = 256 * 1024 * 1024;
const RECORD_FILE = /^[0-9]{12,16}\.jsonl$/;

export const recordFileName = (first: number): string => `${String(first).padStart(12, '0')}.jsonl`;

/** The files with records, in their order. @throws OperatorError if the folder is not an export */
export async function recordFiles(folder: string): Promise<string[]> {
  const records = join(folder, EXPORT.records);
  const names = await namesIn(records);
  if (names === undefined)
    throw new OperatorError(`${folder} is not an export of the audit: it has no folder "records".`);
  const files = names.filter((name) => RECORD_FILE.test(name));
  return files.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).map((name) => join(records, name));
}

/** The names in a folder; undefined if there is none. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(folder, error);
  }
}

/** The text of a file; undefined if there is none. @throws OperatorError if it cannot be read */
export async function textIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
}

const unreadable = (file: string, error: unknown) =>
  new OperatorError(`${file} cannot be read (${errorCode(error) ?? error}).`);

/** A line of a file. */
export interface FileLine {
  readonly bytes: Buffer;
  readonly number: number;
  /** Whether it ends in a newline. */
  readonly isWhole: boolean;
  /** The offset at which it begins. */
  readonly start: number;
}

/** The lines of a file in order, in memory for a few of them. */
export async function* linesOf(file: string): AsyncGenerator<FileLine> {
  let pieces: Buffer[] = [];
  let length = 0;
  let [number, start] = [1, 0];
  const taken = (piece: Buffer, isWhole: boolean): FileLine => {
    const bytes = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
    const line = { bytes, number, isWhole, start };
    pieces = [];
    length = 0;
    number += 1;
    start += bytes.length + 1;
    return line;
  };
  for await (const chunk of chunksOf(file)) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield taken(chunk.subarray(from, end), true);
      from = end + 1;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_LINE) throw new OperatorError(`${file} has a line ${number} of more than ${MAX_LINE} bytes.`);
  }
  if (length > 0) yield taken(Buffer.alloc(0), false);
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file, { highWaterMark: CHUNK });
  } catch (error) {
    throw unreadable(file, error);
  }
}
