import { refuse, StewardError } from '../../base/errors.ts';
import { type Bytes, wholeOf } from '../../base/json/bytes.ts';
import { CanonicalWriter } from '../../base/json/canonical.ts';
import { CanonicalFile, type ScratchFile, TooManyKeys, TooMuchDisorder } from '../../base/json/canonicalFile.ts';
import { DuplicateKey } from '../../base/json/canonicalText.ts';
import { type Extent, type JsonEvents, readJson, type ScalarKind } from '../../base/json/reader.ts';
import type { Spool } from '../../base/spool/spool.ts';
import type { StorableType } from '../modules/dataType.ts';
import { TooManyProblems, TypeCheck } from './check.ts';
import type { FoundIds } from './found.ts';
import type { Draft } from './saveData.ts';

/** What a reference becomes. */
export type Replacement = (reference: string) => string;

/** Data that fits its type. Its canonical form depends on what its references are resolved to. */
export interface CheckedData {
  readonly check: TypeCheck;
  /** @throws object_invalid when two keys of one object become the same */
  canonical(replacement: Replacement): Promise<Uint8Array | Bytes>;
  /** Deletes its temporary files. */
  discard(): Promise<void>;
}

export interface CheckingOptions {
  /** The ids of all objects of the call. */
  readonly ids: FoundIds;
  readonly spool: Spool;
  /** The principal whose share of the temporary space the files count towards. */
  readonly holder: string;
}

/** Checks the data of the objects of one call. */
export class Checking {
  readonly #options: CheckingOptions;
  #kept = 0;

  constructor(options: CheckingOptions) {
    this.#options = options;
  }

  /** @throws object_invalid; server_busy, rate_limited when there is no room for temporary files */
  async check(draft: Draft, type: StorableType): Promise<CheckedData> {
    const { spool, holder, ids } = this.#options;
    const { bytes } = draft.data;
    if (bytes.length > spool.longFrom)
      return LongData.read({ draft, type, file: () => spool.fileFor(bytes, holder) }, ids);
    const reading = await readInMemory(draft, type, ids);
    this.#kept += bytes.length;
    // What is too much to keep in memory is read again when its canonical form is needed.
    const written = this.#kept > spool.longFrom ? undefined : reading.writer;
    return {
      check: reading.check,
      canonical: async (replacement) => {
        const writer = written ?? (await readInMemory(draft, type)).writer;
        return asInvalidObject(draft.label, () => writer.finish(replacement));
      },
      discard: async () => undefined,
    };
  }
}

/** @throws object_invalid */
async function readInMemory(draft: Draft, type: StorableType, ids?: FoundIds) {
  const bytes = await wholeOf(draft.data.bytes);
  const check = new TypeCheck(type, ids);
  const writer = new CanonicalWriter(bytes, () => check.path());
  await readAndCheck(draft.label, check, async () => {
    await readJson(bytes, new CheckedReading(check, writer));
    await writer.settle();
  });
  return { check, writer };
}

interface Long {
  readonly draft: Draft;
  readonly type: StorableType;
  readonly file: () => ScratchFile;
}

/** Data that is too long for memory. It is read a second time where references have to be replaced. */
class LongData implements CheckedData {
  readonly check: TypeCheck;
  readonly #long: Long;
  #written: { readonly file: CanonicalFile; readonly bytes: Bytes } | undefined;

  private constructor(long: Long, ids: FoundIds) {
    this.#long = long;
    this.check = new TypeCheck(long.type, ids);
  }

  /** @throws object_invalid */
  static async read(long: Long, ids: FoundIds): Promise<LongData> {
    const data = new LongData(long, ids);
    await data.#read(data.check);
    return data;
  }

  async canonical(replacement: Replacement): Promise<Bytes> {
    if (this.#written?.file.unresolved ?? true) {
      await this.discard();
      await this.#read(new TypeCheck(this.#long.type), replacement);
    }
    if (this.#written === undefined) throw new TypeError('the data was read but not written');
    return this.#written.bytes;
  }

  async discard(): Promise<void> {
    await this.#written?.file.discard();
    this.#written = undefined;
  }

  async #read(check: TypeCheck, replacement?: Replacement): Promise<void> {
    const { draft, file: makeFile } = this.#long;
    const path = () => check.path();
    const file = new CanonicalFile({ file: makeFile, path, ...(replacement && { replacement }) });
    try {
      await readAndCheck(draft.label, check, async () => {
        await readJson(draft.data.bytes, new LongReading(check, file));
        this.#written = { file, bytes: await file.finish() };
      });
    } catch (error) {
      await file.discard();
      throw error;
    }
  }
}

/** @throws object_invalid */
async function readAndCheck(label: string, { problems }: TypeCheck, read: () => Promise<void>): Promise<void> {
  try {
    await asInvalidObject(label, read);
  } catch (error) {
    if (!(error instanceof TooManyProblems)) throw error;
  }
  if (problems.length > 0) throw refuse('object_invalid', `${label} failed type checking:\n${problems.join('\n')}`);
}

/** Turns errors of reading data into errors of the object, in KBase's words where it has any. @throws object_invalid */
async function asInvalidObject<R>(label: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DuplicateKey) {
      const what = 'Two references in a single hash are identical when resolved, resulting in a loss of data';
      throw refuse('object_invalid', `${label}: ${what}: ${error.message}`);
    }
    if (error instanceof TooManyKeys || error instanceof TooMuchDisorder)
      throw refuse('object_invalid', `${label}: ${error.message}`);
    // A lack of room is no error of the object.
    if (error instanceof StewardError && error.kind !== 'busy') throw error.of(label);
    throw error;
  }
}

/** Checks the data and writes its canonical form in one pass. */
class CheckedReading<W extends Pick<CanonicalWriter, 'open' | 'close' | 'key' | 'scalar' | 'reference'>>
  implements JsonEvents
{
  protected readonly check: TypeCheck;
  protected readonly writer: W;

  constructor(check: TypeCheck, writer: W) {
    this.check = check;
    this.writer = writer;
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

  scalar(kind: ScalarKind, text: string, { start }: Extent): void {
    if (this.check.scalar(kind, text)) this.writer.reference(text);
    else this.writer.scalar(kind, text, start);
  }
}

class LongReading extends CheckedReading<CanonicalFile> {
  piece(text: string): void {
    this.check.piece(text);
    this.writer.piece(text);
  }

  block(bytes: Uint8Array, start: number): void {
    this.writer.block(bytes, start);
  }

  pause(): Promise<void> | undefined {
    return this.writer.pause();
  }
}
