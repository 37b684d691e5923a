import type { IncomingMessage } from 'node:http';
import { refuse } from '../errors.ts';

/** The client went away before its body was whole: there is nobody to answer. */
export class AbortedError extends Error {}

const MIN_BUDGET = 256 * 1024 * 1024;
/** A body sent a byte at a time costs a hundred times its length while each byte has a buffer of its own. */
const SMALL = 4_096;
const MERGED_AT_ONCE = 1_024;
/** Of a body whose length is declared so much must have come before it gets one buffer of its length. */
const PROOF = 1 / 8;

/** Reads request bodies: none longer than `maxBytes`, and no more than `budget` bytes of all of them at once. */
export class BodyReader {
  readonly #maxBytes: number;
  readonly #budget: number;
  #held = 0;

  constructor(maxBytes: number, budget: number = Math.max(2 * maxBytes, MIN_BUDGET)) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  /** Whether the request says of itself that it is too long. */
  declaredTooLong(request: IncomingMessage): boolean {
    return Number(request.headers['content-length'] ?? 0) > this.#maxBytes;
  }

  /**
   * The whole body. What is too long is refused as soon as that is known; the rest is left unread.
   *
   * @throws too_big, bodies_busy; AbortedError
   */
  read(request: IncomingMessage): Promise<Buffer> {
    if (this.declaredTooLong(request)) return Promise.reject(refuse('too_big', this.#maxBytes));
    return new Promise((resolve, reject) => {
      const pieces = new Pieces(Number(request.headers['content-length'] ?? 0));
      const settle = (ended: () => void) => {
        this.#held -= pieces.length;
        request.off('data', take).off('end', whole).off('error', gone).off('close', gone);
        // An aborted request emits its error later than its close.
        request.on('error', () => undefined);
        ended();
      };
      const take = (chunk: Buffer) => {
        this.#held += chunk.length;
        pieces.add(chunk);
        if (pieces.length > this.#maxBytes) settle(() => reject(refuse('too_big', this.#maxBytes)));
        else if (this.#held > this.#budget) settle(() => reject(refuse('bodies_busy')));
      };
      const whole = () => settle(() => resolve(pieces.joined()));
      const gone = () => settle(() => reject(new AbortedError()));
      request.on('data', take).on('end', whole).on('error', gone).on('close', gone);
    });
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
