import { utf8Size } from '../../../base/text.ts';
import type { Extent, Typedef, TypeNode } from './definition.ts';
import { Problem } from './specError.ts';

/** The most parts of a type with all names expanded; the largest types of KBase have several hundred. */
const MAX_PARTS = 2_000;
const MAX_DEPTH = 50;
/** The most characters of names and annotations in all of these parts. */
const MAX_BYTES = 200_000;

/**
 * The size of a type with all names expanded. It is computed without expanding them, since a chain of definitions that
 * each use the one before twice would double with each.
 */
export function extentOf(type: TypeNode): Extent {
  switch (type.kind) {
    case 'named':
      return type.typedef.extent;
    case 'list':
      return around([type.item]);
    case 'mapping':
      return around([type.key, type.value]);
    case 'tuple':
      return around(type.items.map((item) => item.type));
    case 'structure':
      return around(
        type.fields.map((field) => field.type),
        type.fields.map((field) => field.name),
      );
    default:
      return around([]);
  }
}

function around(inner: readonly TypeNode[], names: readonly string[] = []): Extent {
  const sum: Extent = { parts: 1, depth: 1, bytes: utf8Size(names.join('')), comments: 0 };
  return inner.map(extentOf).reduce(
    (whole, { parts, depth, bytes, comments }) => ({
      parts: whole.parts + parts,
      depth: Math.max(whole.depth, depth + 1),
      bytes: whole.bytes + bytes,
      comments: whole.comments + comments,
    }),
    sum,
  );
}

/** The extent of a definition, including its comment at each use. */
export function withAnnotations(extent: Extent, said: Pick<Typedef, 'annotations' | 'comment'>): Extent {
  const { id, range } = said.annotations;
  const words = `${id?.idType ?? ''}${id?.attributes.join('') ?? ''}${range?.min ?? ''}${range?.max ?? ''}`;
  const parts = id?.attributes.length ?? 0;
  return {
    ...extent,
    parts: extent.parts + parts,
    bytes: extent.bytes + utf8Size(words),
    comments: extent.comments + utf8Size(said.comment),
  };
}

/** About how many characters of the parsing structure a part takes beside its names. */
const BYTES_A_PART = 150;

/** About how many characters show a type with all names expanded. */
export const shownBytes = ({ parts, bytes, comments }: Extent): number => parts * BYTES_A_PART + bytes + comments;

/** @throws Problem */
export function assertExtent(name: string, { parts, depth, bytes }: Extent): void {
  const whole = `The type ${name}, with everything that it refers to in its place,`;
  if (parts > MAX_PARTS) throw new Problem(`${whole} has more than ${MAX_PARTS} parts`);
  if (depth > MAX_DEPTH) throw new Problem(`${whole} is more than ${MAX_DEPTH} levels deep`);
  if (bytes > MAX_BYTES) throw new Problem(`${whole} has more than ${MAX_BYTES} bytes of names`);
}

/** @throws Problem */
export function assertDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new Problem(`A type is more than ${MAX_DEPTH} levels deep`);
}
