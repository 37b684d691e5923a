import type { Extent, TypeNode } from './definition.ts';
import { Problem } from './specError.ts';

/** Of one type, with everything that it refers to in its place; the largest types of KBase have about a thousand parts. */
const MAX_PARTS = 5_000;
const MAX_DEPTH = 50;

/**
 * How large a type is when every name in it is replaced by what it stands for, without doing so: definitions that use
 * each other twice, one after the other, double with each.
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
      return around(type.fields.map((field) => field.type));
    default:
      return { parts: 1, depth: 1 };
  }
}

function around(inner: readonly TypeNode[]): Extent {
  const extents = inner.map(extentOf);
  return {
    parts: extents.reduce((sum, { parts }) => sum + parts, 1),
    depth: extents.reduce((deepest, { depth }) => Math.max(deepest, depth), 0) + 1,
  };
}

/** @throws Problem */
export function assertExtent(name: string, { parts, depth }: Extent): void {
  const whole = `The type ${name}, with everything that it refers to in its place,`;
  if (parts > MAX_PARTS) throw new Problem(`${whole} has more than ${MAX_PARTS} parts`);
  if (depth > MAX_DEPTH) throw new Problem(`${whole} is more than ${MAX_DEPTH} levels deep`);
}

/** @throws Problem */
export function assertDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new Problem(`A type is more than ${MAX_DEPTH} levels deep`);
}
