import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SlicedBytes } from '../../src/base/json/bytes.ts';
import { Spool, type SpoolFile, type SpoolOptions } from '../../src/base/spool/spool.ts';

/** Remembers its files, so that those that a test left open can be closed. */
class TestSpool extends Spool {
  readonly made: SpoolFile[] = [];

  override file(...args: Parameters<Spool['file']>): SpoolFile {
    const file = super.file(...args);
    this.made.push(file);
    return file;
  }
}

/** A spool in a folder of its own, without bounds but those that are given. */
export async function openSpool(options: Partial<SpoolOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'steward-spool-'));
  const unbounded = {
    maxBytes: Number.POSITIVE_INFINITY,
    maxBytesPerHolder: Number.POSITIVE_INFINITY,
    longFrom: 1_024,
  };
  const spool = new TestSpool({ dir, ...unbounded, ...options });
  return {
    dir,
    spool,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(spool.made.map((file) => file.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** These bytes as they come from a file: in pieces of this size, each in the same memory. */
export function inPieces(bytes: Uint8Array, size: number): SlicedBytes {
  return {
    length: bytes.length,
    slice: (start, end) => inPieces(bytes.subarray(start, end), size),
    async *pieces() {
      const memory = Buffer.alloc(size);
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.subarray(at, at + size);
        memory.set(piece);
        yield memory.subarray(0, piece.length);
        memory.fill('!');
      }
    },
  };
}
