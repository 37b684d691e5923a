import type { IncomingMessage } from 'node:http';
import { refuse } from '../errors.ts';

/** The client went away before its body was whole: there is nobody to answer. */
export class AbortedError extends Error {}

/** Reads request bodies: none longer than `maxBytes`, and no more than `budget` bytes of all of them at once. */
export class BodyReader {
  readonly #maxBytes: number;
  readonly #budget: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#budget = Math.max(2 * maxBytes, 256 * 1024 * 1024);
  }

  /**
   * The whole body. What is too long is refused as soon as that is known, unread.
   *
   * @throws too_big, bodies_busy; AbortedError
   */
  read(request: IncomingMessage): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const end = (settle: () => void) => {
        this.#held -= length;
        request.removeAllListeners('data');
        settle();
      };
      if (Number(request.headers['content-length'] ?? 0) > this.#maxBytes) {
        reject(refuse('too_big', this.#maxBytes));
        return;
      }
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
        this.#held += chunk.length;
        if (length > this.#maxBytes) end(() => reject(refuse('too_big', this.#maxBytes)));
        else if (this.#held > this.#budget) end(() => reject(refuse('bodies_busy')));
        else chunks.push(chunk);
      });
      request.once('end', () =>
        end(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))),
      );
      request.once('error', () => end(() => reject(new AbortedError())));
      request.once('aborted', () => end(() => reject(new AbortedError())));
    });
  }
}
