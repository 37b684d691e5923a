import type { IncomingMessage } from 'node:http';
import { refuse } from '../../base/errors.ts';
import type { SlicedBytes } from '../../base/json/bytes.ts';
import { ByteBudget, type HeldBytes } from '../../base/spool/budget.ts';
import type { Spool, SpoolFile } from '../../base/spool/spool.ts';
import type { Identified } from '../../gate/door.ts';

/** The client went away before its body was whole: there is nobody to answer. */
export class AbortedError extends Error {}

/** A body sent a byte at a time costs a hundred times its length while each byte has a buffer of its own. */
const SMALL = 4_096;
/** So many of the first bytes are kept of a body that is refused. */
const HEAD = 65_536;
const MERGED_AT_ONCE = 1_024;
/** Of a body whose length is declared so much must have come before it gets one buffer of its length. */
const PROOF = 1 / 8;
const WATCH_MS = 1_000;

export interface BodyBounds {
  /** The largest body of an identified caller, in bytes, and of anybody else. */
  readonly maxBodyBytes: number;
  readonly maxAnonymousBodyBytes: number;
  /** Where bodies go that are too long for memory; without it none is. */
  readonly files?: BodyFiles;
  /** How many bytes of all bodies are held in memory at once. */
  readonly maxHeldBodyBytes: number;
  /** In each while of so many seconds so many bytes a second must come. */
  readonly bodyGraceSeconds: number;
  readonly minBodyBytesPerSecond: number;
}

/** Bodies of more than `fromBytes` are kept in files. */
export interface BodyFiles {
  readonly spool: Spool;
  readonly fromBytes: number;
}

/** How large a body may be, and whose it is. */
export interface Allowance {
  /** In bytes, from an identified caller. */
  readonly identified: number;
  /** From anybody; then they are identified before more is read. */
  readonly anonymous: number;
  /** Whom the body counts for until it is known who sends it. */
  readonly address: string;
  /** Who sends it; undefined for nobody. Rejects where the credential does not hold. */
  readonly identify: () => Promise<Identified | undefined>;
  /** Called once before anything is read: the client may be waiting to be told to send. */
  readonly begin: () => void;
}

/** All of a body: in memory, or where it is long, in a file. */
export type WholeBody = Buffer | SlicedBytes;

/** A body that is coming or has come; its bytes count as held until it is released. */
export interface IncomingBody {
  /**
   * Resolves to all of it.
   *
   * @throws too_big, server_busy, rate_limited, body_too_slow, what `identify` throws; AbortedError
   */
  readonly whole: Promise<WholeBody>;
  /** The beginning of what came. */
  head(): Uint8Array;
  /** Whom it counts for now. */
  holder(): string;
  /** Nobody waits any more for what comes of it: long work on it stops. */
  abandon(): void;
  release(): void;
}

/** Seconds after which a body that was dropped may be sent again. */
const RETRY_SECONDS = 5;

/** So much of a body may wait to be written to its file; then no more of it is taken from the connection. */
const UNWRITTEN = 1024 * 1024;

/**
 * Reads request bodies. Each is bounded in its length and must come at a least rate; all together are bounded in the bytes
 * that are held. Large ones are read of identified callers only, and the largest of them into files.
 */
export class BodyReader {
  readonly #bounds: BodyBounds;
  readonly #budget: ByteBudget;
  readonly #coming = new Set<Reading>();
  #watch: NodeJS.Timeout | undefined;

  constructor(bounds: BodyBounds) {
    this.#bounds = bounds;
    this.#budget = new ByteBudget({ max: Math.max(bounds.maxHeldBodyBytes, maxMemoryBody(bounds)) });
  }

  /** How many bytes are held in memory. */
  get held(): number {
    return this.#budget.held;
  }

  /** What is too long is refused as soon as that is known; the rest is left unread. */
  read(request: IncomingMessage, allowance: Allowance): IncomingBody {
    const reading = new Reading(request, allowance, { budget: this.#budget, files: this.#bounds.files });
    this.#coming.add(reading);
    this.#watch ??= setInterval(() => this.#cutSlow(), WATCH_MS);
    const ended = () => {
      this.#coming.delete(reading);
      if (this.#coming.size > 0) return;
      clearInterval(this.#watch);
      this.#watch = undefined;
    };
    reading.whole.then(ended, ended);
    return reading;
  }

  #cutSlow(): void {
    const { bodyGraceSeconds, minBodyBytesPerSecond } = this.#bounds;
    for (const reading of this.#coming) reading.assertRate(bodyGraceSeconds, minBodyBytesPerSecond);
  }
}

/** Where bodies are kept while they are read. */
interface BodyRoom {
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
  readonly #room: BodyRoom;
  readonly #held: HeldBytes;
  readonly #pieces: Pieces;
  readonly #declared: number;
  #limit: number;
  #isKnown = false;
  #came = 0;
  /** Where it is written to once it is too long for memory, and what waits to be. */
  #file: SpoolFile | undefined;
  #written: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #resolve: (body: WholeBody) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #ended = false;
  /** The while in which the rate is being measured; undefined while nothing is read. */
  #window: { readonly since: number; readonly length: number } | undefined;

  constructor(request: IncomingMessage, allowance: Allowance, room: BodyRoom) {
    this.#request = request;
    this.#allowance = allowance;
    this.#room = room;
    this.#declared = Number(request.headers['content-length'] ?? 0);
    this.#limit = Math.min(allowance.anonymous, allowance.identified);
    this.#pieces = new Pieces(this.#declared);
    this.#held = room.budget.open(allowance.address, () => this.#fail(refuse('server_busy', RETRY_SECONDS)));
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.on('error', this.#gone).on('close', this.#gone);
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

  /** Ends it when too little came in the last while. */
  assertRate(seconds: number, bytesPerSecond: number): void {
    if (this.#window === undefined) return;
    const elapsed = (performance.now() - this.#window.since) / 1000;
    if (elapsed < seconds) return;
    const came = this.#came - this.#window.length;
    if (came < elapsed * bytesPerSecond) this.#fail(refuse('body_too_slow', bytesPerSecond));
    else this.#measure();
  }

  async #start(): Promise<void> {
    if (this.#declared > this.#limit && !(await this.#mayBeLarge(this.#declared))) return;
    this.#allowance.begin();
    this.#listen();
  }

  #listen(): void {
    this.#measure();
    this.#request.on('data', this.#take).on('end', this.#completed);
  }

  #measure(): void {
    this.#window = { since: performance.now(), length: this.#came };
  }

  /** Nothing more is read, and no rate is asked for, until {@link #goOn}. */
  #wait(): void {
    this.#window = undefined;
    this.#stopListening();
    this.#request.pause();
  }

  #goOn(): void {
    if (this.#ended) return;
    this.#listen();
    this.#request.resume();
  }

  /** Whether the sender, who must be identified now, may send so much. Where not, it has failed. */
  async #mayBeLarge(bytes: number): Promise<boolean> {
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

  readonly #take = (chunk: Buffer): void => {
    this.#came += chunk.length;
    if (this.#file !== undefined) this.#write(chunk);
    else {
      this.#pieces.add(chunk);
      this.#held.grow(chunk.length);
    }
    if (this.#ended) return;
    if (this.#came > this.#limit) this.#overLimit();
    else this.#spillWhereLong();
  };

  #overLimit(): void {
    if (this.#limit === this.#allowance.identified) {
      this.#fail(refuse('too_big', this.#limit));
      return;
    }
    // Nothing more is read until it is known who sends it.
    this.#wait();
    void this.#mayBeLarge(this.#came).then((mayBe) => {
      if (mayBe) this.#goOn();
    });
  }

  /** Of a body that is too long for memory, moves what came into a file, which the rest follows. */
  #spillWhereLong(): void {
    const { files } = this.#room;
    const bytes = Math.max(this.#came, this.#declared);
    // Files are for those who are identified.
    if (this.#file !== undefined || files === undefined || !this.#isKnown || bytes <= files.fromBytes) return;
    this.#file = files.spool.file(this.#held.holder, (error) => this.#fail(error));
    const came = this.#pieces.joined();
    this.#pieces.discard();
    this.#held.shrink(this.#held.bytes);
    this.#write(came);
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
    if (this.#unwritten <= UNWRITTEN || this.#ended) return;
    this.#wait();
    this.#written.then(() => this.#goOn()).catch(() => undefined);
  }

  readonly #completed = (): void => {
    if (this.#ended) return;
    const file = this.#file;
    if (file === undefined) {
      this.#end();
      this.#held.complete();
      this.#resolve(this.#pieces.joined());
      return;
    }
    this.#window = undefined;
    this.#stopListening();
    this.#request.off('error', this.#gone).off('close', this.#gone);
    this.#written
      .then(() => {
        if (this.#ended) return;
        this.#end();
        file.complete();
        this.#resolve(file.bytes());
      })
      .catch(() => undefined);
  };

  readonly #gone = (): void => this.#fail(new AbortedError());

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.#held.close();
    // The connection may stay for long: what came on it must not.
    this.#pieces.discard();
    void this.#file?.close();
    this.#reject(error);
  }

  #stopListening(): void {
    this.#request.off('data', this.#take).off('end', this.#completed);
  }

  #end(): void {
    this.#ended = true;
    this.#window = undefined;
    this.#stopListening();
    this.#request.off('error', this.#gone).off('close', this.#gone);
    // An aborted request emits its error later than its close.
    this.#request.on('error', () => undefined);
  }
}

/** What came so far: of a declared length in one buffer, which is never copied; else in pieces, the small ones merged. */
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
    if (chunk.length > SMALL && this.length >= this.#declared * PROOF && this.length < this.#declared) {
      this.#gather(chunk);
      return;
    }
    if (chunk.length > SMALL) {
      this.#merge();
      this.#pieces.push(chunk);
    } else if (this.#small.push(chunk) >= MERGED_AT_ONCE) {
      this.#merge();
    }
  }

  /** Forgets all but the first bytes, by which the caller's dialect is told. */
  discard(): void {
    const kept = Buffer.from(this.head.subarray(0, HEAD));
    this.#whole = undefined;
    this.#small = [];
    this.#pieces.splice(0, this.#pieces.length, kept);
  }

  /** The first bytes, as far as they are in one piece. */
  get head(): Uint8Array {
    return this.#whole?.subarray(0, this.length) ?? this.#pieces[0] ?? this.#small[0] ?? new Uint8Array();
  }

  joined(): Buffer {
    if (this.#whole !== undefined) return this.#whole.subarray(0, this.length);
    this.#merge();
    const [first] = this.#pieces;
    return this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
  }

  #gather(chunk: Buffer): void {
    this.#merge();
    this.#whole = Buffer.allocUnsafeSlow(this.#declared);
    let at = 0;
    for (const piece of [...this.#pieces, chunk]) at += piece.copy(this.#whole, at);
    this.#pieces.length = 0;
  }

  #merge(): void {
    const [first] = this.#small;
    if (first === undefined) return;
    this.#pieces.push(this.#small.length === 1 ? first : Buffer.concat(this.#small));
    this.#small = [];
  }
}
