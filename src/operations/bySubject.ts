/** Groups a list in which each subject comes before its entries. */
export function bySubject<T extends object>(list: readonly (string | T)[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  let current: T[] | undefined;
  for (const entry of list) {
    if (typeof entry === 'string') {
      current = found.get(entry) ?? [];
      found.set(entry, current);
    } else if (current === undefined) {
      throw new TypeError('a list by subject begins with a subject');
    } else {
      current.push(entry);
    }
  }
  return found;
}
