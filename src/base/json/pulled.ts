/** The number of bytes that are buffered before they are passed to the reader. */
const PIECE = 256 * 1024;

/** The writing end of a pipe. */
export interface Sink {
  write(bytes: Uint8Array): void;
  /** A promise to wait for if the reader is behind, which rejects if it has stopped. */
  pause(): Promise<void> | undefined;
}

/** The reader has stopped. */
class Abandoned extends Error {}

/**
 * What the work writes, in pieces. It runs only as fast as they are read, and stops with the reader. @throws as the
 * work
 */
export async function* pulled(work: (sink: Sink) => Promise<void>): AsyncGenerator<Uint8Array> {
  const pipe = new Pipe();
  const done = work(pipe).then(
    () => pipe.end(),
    (error) => pipe.end(error),
  );
  try {
    for (let piece = await pipe.read(); piece !== undefined; piece = await pipe.read()) yield piece;
  } finally {
    pipe.abandon();
    await done;
  }
}

class Pipe implements Sink {
  #buffer = Buffer.allocUnsafeSlow(2 * PIECE);
  #bytes = 0;
  #ended: { readonly error?: unknown } | undefined;
  #abandoned = false;
  /** Resumes the writer, and the reader. */
  #drained: (() => void) | undefined;
  #filled: (() => void) | undefined;

  write(bytes: Uint8Array): void {
    const needed = this.#bytes + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(2 * needed);
      this.#buffer.copy(grown, 0, 0, this.#bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#bytes);
    this.#bytes = needed;
  }

  pause(): Promise<void> | undefined {
    if (this.#bytes < PIECE && !this.#abandoned) return undefined;
    this.#filled?.();
    return this.#wait();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#bytes < PIECE && this.#ended === undefined) {
      await new Promise<void>((resolve) => {
        this.#filled = resolve;
      });
    }
    if (this.#ended?.error !== undefined) throw this.#ended.error;
    if (this.#bytes === 0) return undefined;
    const piece = Buffer.from(this.#buffer.subarray(0, this.#bytes));
    this.#bytes = 0;
    this.#drained?.();
    return piece;
  }

  end(error?: unknown): void {
    this.#ended = error === undefined ? {} : { error };
    this.#filled?.();
  }

  abandon(): void {
    this.#abandoned = true;
    this.#drained?.();
  }

  async #wait(): Promise<void> {
    while (this.#bytes >= PIECE && !this.#abandoned) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    if (this.#abandoned) throw new Abandoned();
  }
}
