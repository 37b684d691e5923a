import type { IncomingMessage } from 'node:http';
import { refuse } from '../errors.ts';
import type { Identified } from '../gate/door.ts';
import { BodyBudget, type HeldBody } from './bodyBudget.ts';

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
  /** How many bytes of all bodies are held at once. */
  readonly maxHeldBodyBytes: number;
  /** In each while of so many seconds so many bytes a second must come. */
  readonly bodyGraceSeconds: number;
  readonly minBodyBytesPerSecond: number;
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

/** A body that is coming or has come; its bytes count as held until it is released. */
export interface IncomingBody {
  /** Resolves to all of it. @throws too_big, server_busy, body_too_slow, what `identify` throws; AbortedError */
  readonly whole: Promise<Buffer>;
  /** The beginning of what came. */
  head(): Uint8Array;
  /** Whom it counts for now. */
  holder(): string;
  release(): void;
}

/** Seconds after which a body that was dropped may be sent again. */
const RETRY_SECONDS = 5;

/**
 * Reads request bodies. Each is bounded in its length and must come at a least rate; all together are bounded in the bytes
 * that are held. Large ones are read of identified callers only.
 */
export class BodyReader {
  readonly #bounds: BodyBounds;
  readonly #budget: BodyBudget;
  readonly #coming = new Set<Reading>();
  #watch: NodeJS.Timeout | undefined;

  constructor(bounds: BodyBounds) {
    this.#bounds = bounds;
    this.#budget = new BodyBudget(Math.max(bounds.maxHeldBodyBytes, bounds.maxBodyBytes));
  }

  /** How many bytes are held. */
  get held(): number {
    return this.#budget.held;
  }

  /** What is too long is refused as soon as that is known; the rest is left unread. */
  read(request: IncomingMessage, allowance: Allowance): IncomingBody {
    const reading = new Reading(request, allowance, this.#budget);
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

class Reading implements IncomingBody {
  readonly whole: Promise<Buffer>;
  readonly #request: IncomingMessage;
  readonly #allowance: Allowance;
  readonly #held: HeldBody;
  readonly #pieces: Pieces;
  readonly #declared: number;
  #limit: number;
  #resolve: (body: Buffer) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #ended = false;
  /** The while in which the rate is being measured; undefined while nothing is read. */
  #window: { readonly since: number; readonly length: number } | undefined;

  constructor(request: IncomingMessage, allowance: Allowance, budget: BodyBudget) {
    this.#request = request;
    this.#allowance = allowance;
    this.#declared = Number(request.headers['content-length'] ?? 0);
    this.#limit = Math.min(allowance.anonymous, allowance.identified);
    this.#pieces = new Pieces(this.#declared);
    this.#held = budget.open(allowance.address, () => this.#fail(refuse('server_busy', RETRY_SECONDS)));
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

  release(): void {
    this.#held.close();
  }

  /** Ends it when too little came in the last while. */
  assertRate(seconds: number, bytesPerSecond: number): void {
    if (this.#window === undefined) return;
    const elapsed = (performance.now() - this.#window.since) / 1000;
    if (elapsed < seconds) return;
    const came = this.#pieces.length - this.#window.length;
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
    this.#window = { since: performance.now(), length: this.#pieces.length };
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
      this.#limit = identified;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  readonly #take = (chunk: Buffer): void => {
    this.#pieces.add(chunk);
    this.#held.grow(chunk.length);
    if (this.#ended || this.#pieces.length <= this.#limit) return;
    if (this.#limit === this.#allowance.identified) {
      this.#fail(refuse('too_big', this.#limit));
      return;
    }
    // Nothing more is read until it is known who sends it.
    this.#window = undefined;
    this.#stopListening();
    this.#request.pause();
    void this.#mayBeLarge(this.#pieces.length).then((mayBe) => {
      if (!mayBe) return;
      this.#listen();
      this.#request.resume();
    });
  };

  readonly #completed = (): void => {
    if (this.#ended) return;
    this.#end();
    this.#held.complete();
    this.#resolve(this.#pieces.joined());
  };

  readonly #gone = (): void => this.#fail(new AbortedError());

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.#held.close();
    // The connection may stay for long: what came on it must not.
    this.#pieces.discard();
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
    if (this.#whole !== undefined) return this.#whole;
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
