/** Keys in the order of Java's HashMap, for what the KBase Workspace Service answers from one. */
export const inHashOrder = (keys: Iterable<string>): string[] => inOrderOf([...keys], hashOf);

/** The same for objects of Java, whose hash is made of those of their fields. */
export const inFieldHashOrder = <T>(items: readonly T[], fieldsOf: (item: T) => readonly string[]): T[] =>
  inOrderOf([...items], (item) => fieldsOf(item).reduce((hash, field) => (Math.imul(31, hash) + hashOf(field)) | 0, 1));

/** By the low bits of their hash, in a table that doubles when it is three quarters full. */
function inOrderOf<T>(items: T[], hash: (item: T) => number): T[] {
  let size = 16;
  while (items.length > size * 0.75) size *= 2;
  const slotOf = (item: T) => spread(hash(item)) & (size - 1);
  return items.sort((a, b) => slotOf(a) - slotOf(b));
}

const spread = (hash: number) => hash ^ (hash >>> 16);

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
