import { randomUUID } from 'node:crypto';
import type { Bytes } from './bytes.ts';
import { RawJson } from './rawJson.ts';

export type Chunk = string | Uint8Array | Bytes;

/** A value that is JSON text already, in chunks that are never joined. */
export class JsonText {
  readonly chunks: readonly Chunk[];

  constructor(chunks: readonly Chunk[]) {
    this.chunks = chunks;
  }

  /** The value itself, in which numbers lose precision that JavaScript cannot hold. It must be in memory. */
  toJSON(): unknown {
    return JSON.parse(this.chunks.map(textOf).join(''));
  }
}

function textOf(chunk: Chunk): string {
  if (typeof chunk === 'string') return chunk;
  if (!(chunk instanceof Uint8Array)) throw new TypeError('the value is not in memory');
  return Buffer.from(chunk).toString();
}

/** Serialises a value. {@link RawJson} and {@link JsonText} in it, at any depth, are included without a copy. */
export function jsonText(value: unknown): JsonText {
  const spliced: (readonly Chunk[])[] = [];
  // The placeholder is random, so that the value cannot contain it.
  const mark = randomUUID();
  const marked = (inner: unknown): unknown => {
    if (inner instanceof RawJson || inner instanceof JsonText) {
      spliced.push(inner instanceof RawJson ? [inner.bytes] : inner.chunks);
      return mark;
    }
    if (Array.isArray(inner)) return inner.map(marked);
    if (inner === null || typeof inner !== 'object' || Object.getPrototypeOf(inner) !== Object.prototype) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, v]) => [key, marked(v)]));
  };
  const text = JSON.stringify(marked(value)) ?? 'null';
  const [first = 'null', ...rest] = text.split(`"${mark}"`);
  return new JsonText([first, ...rest.flatMap((after, i) => [...(spliced[i] ?? []), after])]);
}
