import type { ServerResponse } from 'node:http';
import type { SlicedBytes } from '../../base/json/bytes.ts';
import type { Chunk } from '../../base/json/jsonText.ts';
import type { Spool } from '../../base/spool/spool.ts';
import type { Body } from './envelope.ts';
import { isInMemory, sizeInMemory } from './envelope.ts';

/** An answer of at most this many bytes in memory is not counted: each connection has only one that is being sent. */
const SMALL = 64 * 1024;

export interface AnswerBounds {
  /** How many bytes of answers may be in memory until clients have read them. */
  readonly maxHeldAnswerBytes: number;
  /** Takes what would be too much for memory. */
  readonly spool: Spool | undefined;
}

/**
 * Bounds the memory of answers that clients have not read yet. Above the bound, an answer waits in a temporary file
 * instead, so that clients that read slowly or not at all cost no memory.
 */
export class HeldAnswers {
  readonly #bounds: AnswerBounds;
  #held = 0;

  constructor(bounds: AnswerBounds) {
    this.#bounds = bounds;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether the body is so short that it is sent at once. */
  isSmall(body: Body): boolean {
    return body.every(isInMemory) && sizeInMemory(body) <= SMALL;
  }

  /**
   * Counts the body until its answer is closed, or moves it into a temporary file of the holder.
   *
   * @returns the body to send
   * @throws server_busy, rate_limited if there is no room for the file
   */
  async hold(response: ServerResponse, body: Body, holder: string): Promise<Body> {
    const bytes = sizeInMemory(body);
    const { maxHeldAnswerBytes, spool } = this.#bounds;
    if (spool !== undefined && this.#held + bytes > maxHeldAnswerBytes)
      return inFile(response, body, { spool, holder });
    this.#held += bytes;
    onClosed(response, () => {
      this.#held -= bytes;
    });
    return body;
  }
}

/** The body with a file in place of what it has in memory. */
async function inFile(
  response: ServerResponse,
  body: Body,
  { spool, holder }: { readonly spool: Spool; readonly holder: string },
): Promise<Body> {
  const file = spool.file(holder);
  const places: (Chunk | { readonly start: number; readonly end: number })[] = [];
  try {
    for (const chunk of body) {
      if (!isInMemory(chunk)) {
        places.push(chunk);
        continue;
      }
      const start = file.length;
      await file.append(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      places.push({ start, end: file.length });
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  file.complete();
  onClosed(response, () => void file.close());
  const whole: SlicedBytes = file.bytes();
  return places.map((place) =>
    typeof place === 'object' && 'start' in place ? whole.slice(place.start, place.end) : place,
  );
}

/** Calls this when the answer was sent or cannot be sent any more. */
function onClosed(response: ServerResponse, closed: () => void): void {
  if (response.closed || response.destroyed) closed();
  else response.once('close', closed);
}
