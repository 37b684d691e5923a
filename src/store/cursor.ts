/** Where the page after this one begins, as one opaque text. */
export function cursorOf(...key: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * A page of what was found, of which one more was asked for than the page holds.
 *
 * @returns the page, and its last item where another page comes after it
 */
export function cutPage<T>(found: readonly T[], limit: number): { page: readonly T[]; last: T | undefined } {
  const page = found.slice(0, limit);
  return { page, last: found.length > limit ? page.at(-1) : undefined };
}

/** What {@link cursorOf} was given; nothing for a text of somebody's own making. */
export function readCursor(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
