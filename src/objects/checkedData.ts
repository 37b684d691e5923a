import { refuse, StewardError } from '../errors.ts';
import { CanonicalWriter, DuplicateKey } from '../json/canonical.ts';
import { type JsonEvents, readJson, type Scalar } from '../json/reader.ts';
import type { StorableType } from '../modules/dataType.ts';
import { TooManyProblems, TypeCheck } from './check.ts';
import type { FoundIds } from './found.ts';
import type { Draft } from './saveData.ts';

/** Data that fits its type; its canonical form waits for what its references lead to. */
export interface CheckedData {
  readonly check: TypeCheck;
  readonly writer: CanonicalWriter;
}

/** @throws object_invalid */
export async function checkData({ label, data }: Draft, type: StorableType, ids: FoundIds): Promise<CheckedData> {
  const reading = new CheckedReading(data.bytes, type, ids);
  try {
    await readJson(data.bytes, reading);
    await reading.writer.settle();
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicateIn(label, error);
    if (error instanceof StewardError) throw error.of(label);
    if (!(error instanceof TooManyProblems)) throw error;
  }
  const { problems } = reading.check;
  if (problems.length > 0) throw refuse('object_invalid', `${label} failed type checking:\n${problems.join('\n')}`);
  return reading;
}

/** In KBase's words, which knows but this way to a key that stands twice. */
export function duplicateIn(label: string, { message }: DuplicateKey): StewardError {
  const what = 'Two references in a single hash are identical when resolved, resulting in a loss of data';
  return refuse('object_invalid', `${label}: ${what}: ${message}`);
}

/** One reading of the data does both: it is held against its type, and written in its canonical form. */
class CheckedReading implements JsonEvents {
  readonly check: TypeCheck;
  readonly writer: CanonicalWriter;

  constructor(bytes: Uint8Array, type: StorableType, ids: FoundIds) {
    this.check = new TypeCheck(type, ids);
    this.writer = new CanonicalWriter(bytes, () => this.check.path());
  }

  open(isObject: boolean): void {
    this.check.open(isObject);
    this.writer.open(isObject);
  }

  close(): void {
    this.check.close();
    this.writer.close();
  }

  key(key: string, offset: number): void {
    this.writer.key(key, offset, this.check.key(key));
  }

  scalar(kind: Scalar, text: string, offset: number): void {
    this.writer.scalar(kind, text, offset, this.check.scalar(kind, text));
  }
}
