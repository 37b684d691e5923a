import type { IncomingMessage } from 'node:http';
import { refuse } from '../../base/errors.ts';
import type { SlicedBytes } from '../../base/json/bytes.ts';
import { ByteBudget, type HeldBytes } from '../../base/spool/budget.ts';
import type { Spool, SpoolFile } from '../../base/spool/spool.ts';
import type { Identified } from '../../gate/door.ts';

/** The client disconnected before its body was complete: there is nobody to answer. */
export class AbortedError extends Error {}

/** Smaller chunks are merged: a buffer for each byte would cost a hundred times the length of the body. */
const SMALL = 4_096;
/** How many of the first bytes of a refused body are kept. */
const HEAD = 65_536;
const MERGED_AT_ONCE = 1_024;
/** The part of a declared length that must have arrived before the body gets one buffer of that length. */
const PROVEN_PART = 1 / 8;
const WATCH_MS = 1_000;

export interface BodyBounds {
  /** The largest body of an identified caller, in bytes, and of an anonymous one. */
  readonly maxBodyBytes: number;
  readonly maxAnonymousBodyBytes: number;
  /** For bodies that are too long for memory; without it, all are held in memory. */
  readonly files?: BodyFiles;
  /** How many bytes of all bodies are held in memory at once. */
  readonly maxHeldBodyBytes: number;
  /** The lowest rate of a body, and the length of the windows in which it is measured. */
  readonly bodyGraceSeconds: number;
  readonly minBodyBytesPerSecond: number;
}

export interface BodyFiles {
  readonly spool: Spool;
  readonly fromBytes: number;
}

/** How large a body may be, and who sends it. */
export interface Allowance {
  /** In bytes, from an identified caller. */
  readonly identified: number;
  /** In bytes, before the caller must be identified. */
  readonly anonymous: number;
  /** Who the body is charged to until the caller is identified. */
  readonly address: string;
  /** Identifies the sender; undefined for an anonymous one. Rejects if the credential is not valid. */
  readonly identify: () => Promise<Identified | undefined>;
  /** Called once before anything is read: the client may wait for `100 Continue`. */
  readonly begin: () => void;
}

/** A whole body, in memory, or in a file if it is long. */
export type WholeBody = Buffer | SlicedBytes;

/** A body that is being read or was read. Its bytes count as held until it is released. */
export interface IncomingBody {
  /**
   * Resolves when the body is complete.
   *
   * @throws too_big, server_busy, rate_limited, body_too_slow, what `identify` throws; AbortedError
   */
  readonly whole: Promise<WholeBody>;
  head(): Uint8Array;
  /** Who it is charged to now. */
  holder(): string;
  /** Stops long work on the body, because nobody waits for the result any more. */
  abandon(): void;
  release(): void;
}

/** After how many seconds a body that was dropped may be sent again. */
const RETRY_SECONDS = 5;

/** How many bytes of a body may wait to be written to its file before reading pauses. */
const MAX_UNWRITTEN = 1024 * 1024;

/**
 * Reads request bodies. Each has a largest length and a lowest rate, and all together may hold a limited number of
 * bytes in memory. Large ones are only read from identified callers, and the largest of them into files.
 */
export class BodyReader {
  readonly #bounds: BodyBounds;
  readonly #budget: ByteBudget;
  readonly #readings = new Set<Reading>();
  #watch: NodeJS.Timeout | undefined;

  constructor(bounds: BodyBounds) {
    this.#bounds = bounds;
    this.#budget = new ByteBudget({ max: Math.max(bounds.maxHeldBodyBytes, maxMemoryBody(bounds)) });
  }

  get held(): number {
    return this.#budget.held;
  }

  /** Refuses a body that is too long as soon as that is known, and leaves the rest unread. */
  read(request: IncomingMessage, allowance: Allowance): IncomingBody {
    const reading = new Reading(request, allowance, { budget: this.#budget, files: this.#bounds.files });
    this.#readings.add(reading);
    this.#watch ??= setInterval(() => this.#abortSlow(), WATCH_MS);
    const ended = () => {
      this.#readings.delete(reading);
      if (this.#readings.size > 0) return;
      clearInterval(this.#watch);
      this.#watch = undefined;
    };
    reading.whole.then(ended, ended);
    return reading;
  }

  #abortSlow(): void {
    const { bodyGraceSeconds, minBodyBytesPerSecond } = this.#bounds;
    for (const reading of this.#readings) reading.assertRate(bodyGraceSeconds, minBodyBytesPerSecond);
  }
}

interface Storage {
  readonly budget: ByteBudget;
  readonly files: BodyFiles | undefined;
}

/** The largest body that is kept in memory, in bytes. */
export function maxMemoryBody({ maxBodyBytes, files }: BodyBounds): number {
  return files === undefined ? maxBodyBytes : Math.min(maxBodyBytes, files.fromBytes);
}

class Reading implements IncomingBody {
  readonly whole: Promise<WholeBody>;
  readonly #request: IncomingMessage;
  readonly #allowance: Allowance;
  readonly #storage: Storage;
  readonly #held: HeldBytes;
  readonly #pieces: Pieces;
  readonly #declared: number;
  #limit: number;
  #isKnown = false;
  #received = 0;
  /** The file to which a body is written that is too long for memory, and what waits to be written. */
  #file: SpoolFile | undefined;
  #written: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #resolve: (body: WholeBody) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #ended = false;
  /** The window in which the rate is being measured; undefined while nothing is read. */
  #window: { readonly since: number; readonly length: number } | undefined;

  constructor(request: IncomingMessage, allowance: Allowance, storage: Storage) {
    this.#request = request;
    this.#allowance = allowance;
    this.#storage = storage;
    this.#declared = Number(request.headers['content-length'] ?? 0);
    this.#limit = Math.min(allowance.anonymous, allowance.identified);
    this.#pieces = new Pieces(this.#declared);
    this.#held = storage.budget.open(allowance.address, () => this.#fail(refuse('server_busy', RETRY_SECONDS)));
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.on('error', this.#closed).on('close', this.#closed);
    void this.#start();
  }

  head(): Uint8Array {
    return this.#pieces.head;
  }

  holder(): string {
    return this.#held.holder;
  }

  abandon(): void {
    this.#file?.abandon();
  }

  release(): void {
    this.#held.close();
    void this.#file?.close();
  }

  /** Ends the reading if the rate in the last window was too low. */
  assertRate(seconds: number, bytesPerSecond: number): void {
    if (this.#window === undefined) return;
    const elapsed = (performance.now() - this.#window.since) / 1000;
    if (elapsed < seconds) return;
    const received = this.#received - this.#window.length;
    if (received < elapsed * bytesPerSecond) this.#fail(refuse('body_too_slow', bytesPerSecond));
    else this.#startWindow();
  }

  async #start(): Promise<void> {
    if (this.#declared > this.#limit && !(await this.#allowLarge(this.#declared))) return;
    this.#allowance.begin();
    this.#listen();
  }

  #listen(): void {
    this.#startWindow();
    this.#request.on('data', this.#receive).on('end', this.#complete);
  }

  #startWindow(): void {
    this.#window = { since: performance.now(), length: this.#received };
  }

  /** Stops reading and measuring until {@link #resume}. */
  #pause(): void {
    this.#window = undefined;
    this.#unlisten();
    this.#request.pause();
  }

  #resume(): void {
    if (this.#ended) return;
    this.#listen();
    this.#request.resume();
  }

  /** Identifies the sender, who may then send this much. Otherwise the reading fails, and this is false. */
  async #allowLarge(bytes: number): Promise<boolean> {
    const { identified, anonymous, identify } = this.#allowance;
    try {
      if (bytes > identified) throw refuse('too_big', identified);
      const caller = await identify();
      if (this.#ended) return false;
      if (caller === undefined) throw refuse('too_big', anonymous).because('without a token');
      this.#held.moveTo(caller.id);
      this.#isKnown = true;
      this.#limit = identified;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  readonly #receive = (chunk: Buffer): void => {
    this.#received += chunk.length;
    if (this.#file !== undefined) this.#write(chunk);
    else {
      this.#pieces.add(chunk);
      this.#held.grow(chunk.length);
    }
    if (this.#ended) return;
    if (this.#received > this.#limit) this.#exceeded();
    else this.#spillIfLong();
  };

  #exceeded(): void {
    if (this.#limit === this.#allowance.identified) {
      this.#fail(refuse('too_big', this.#limit));
      return;
    }
    this.#pause();
    void this.#allowLarge(this.#received).then((allowed) => {
      if (allowed) this.#resume();
    });
  }

  /** Moves a body that is too long for memory into a file. */
  #spillIfLong(): void {
    const { files } = this.#storage;
    const bytes = Math.max(this.#received, this.#declared);
    // Only identified callers get files.
    if (this.#file !== undefined || files === undefined || !this.#isKnown || bytes <= files.fromBytes) return;
    this.#file = files.spool.file(this.#held.holder, (error) => this.#fail(error));
    const received = this.#pieces.joined();
    this.#pieces.discard();
    this.#held.shrink(this.#held.bytes);
    this.#write(received);
  }

  #write(chunk: Buffer): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#unwritten += chunk.length;
    this.#written = this.#written.then(() => file.append(chunk));
    this.#written.then(
      () => {
        this.#unwritten -= chunk.length;
      },
      (error) => this.#fail(error),
    );
    if (this.#unwritten <= MAX_UNWRITTEN || this.#ended) return;
    this.#pause();
    this.#written.then(() => this.#resume()).catch(() => undefined);
  }

  readonly #complete = (): void => {
    if (this.#ended) return;
    const file = this.#file;
    if (file === undefined) {
      this.#end();
      this.#held.complete();
      this.#resolve(this.#pieces.joined());
      return;
    }
    this.#window = undefined;
    this.#unlisten();
    this.#request.off('error', this.#closed).off('close', this.#closed);
    this.#written
      .then(() => {
        if (this.#ended) return;
        this.#end();
        file.complete();
        this.#resolve(file.bytes());
      })
      .catch(() => undefined);
  };

  readonly #closed = (): void => this.#fail(new AbortedError());

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.#held.close();
    // The connection may stay open for long, and its body must not stay in memory.
    this.#pieces.discard();
    void this.#file?.close();
    this.#reject(error);
  }

  #unlisten(): void {
    this.#request.off('data', this.#receive).off('end', this.#complete);
  }

  #end(): void {
    this.#ended = true;
    this.#window = undefined;
    this.#unlisten();
    this.#request.off('error', this.#closed).off('close', this.#closed);
    // An aborted request emits its error after its close.
    this.#request.on('error', () => undefined);
  }
}

/**
 * What was received: with a declared length in one buffer, which is never copied; else in pieces, the small ones
 * merged.
 */
class Pieces {
  length = 0;
  readonly #declared: number;
  readonly #pieces: Buffer[] = [];
  #small: Buffer[] = [];
  #whole: Buffer | undefined;

  constructor(declared: number) {
    this.#declared = declared;
  }

  add(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.#whole !== undefined) {
      chunk.copy(this.#whole, this.length - chunk.length);
      return;
    }
    if (chunk.length <= SMALL) {
      if (this.#small.push(chunk) >= MERGED_AT_ONCE) this.#merge();
      return;
    }
    const isProven = this.length >= this.#declared * PROVEN_PART && this.length < this.#declared;
    this.#merge();
    this.#pieces.push(chunk);
    if (isProven) this.#gather();
  }

  /** Drops all but the first bytes, which tell the envelope of the answer. */
  discard(): void {
    const kept = Buffer.from(this.head.subarray(0, HEAD));
    this.#whole = undefined;
    this.#small = [];
    this.#pieces.splice(0, this.#pieces.length, kept);
  }

  get head(): Uint8Array {
    return this.#whole?.subarray(0, this.length) ?? this.#pieces[0] ?? this.#small[0] ?? new Uint8Array();
  }

  joined(): Buffer {
    if (this.#whole !== undefined) return this.#whole.subarray(0, this.length);
    this.#merge();
    const [first] = this.#pieces;
    return this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
  }

  /** Moves all pieces into one buffer of the declared length. */
  #gather(): void {
    this.#whole = Buffer.allocUnsafeSlow(this.#declared);
    let at = 0;
    for (const piece of this.#pieces) at += piece.copy(this.#whole, at);
    this.#pieces.length = 0;
  }

  #merge(): void {
    const [first] = this.#small;
    if (first === undefined) return;
    this.#pieces.push(this.#small.length === 1 ? first : Buffer.concat(this.#small));
    this.#small = [];
  }
}
