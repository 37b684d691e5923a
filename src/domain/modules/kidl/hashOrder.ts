/**
 * Keys in the order of Java's HashMap, for texts that the KBase Workspace Service makes from one: by the low bits of
 * their hash, in a table that doubles when it is three quarters full.
 */
export function inHashOrder(keys: Iterable<string>): string[] {
  const all = [...keys];
  let size = 16;
  while (all.length > size * 0.75) size *= 2;
  const slotOf = (key: string) => spread(hashOf(key)) & (size - 1);
  return all.sort((a, b) => slotOf(a) - slotOf(b));
}

const spread = (hash: number) => hash ^ (hash >>> 16);

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
