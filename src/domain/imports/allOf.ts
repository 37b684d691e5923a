/** As `Promise.all`, but once all of them have ended, so that nothing goes on after an error. */
export async function allOf<T extends readonly unknown[]>(
  works: readonly [...{ [I in keyof T]: Promise<T[I]> }],
): Promise<T> {
  await Promise.allSettled(works);
  return (await Promise.all(works)) as unknown as T;
}

/** Does the work for each item, so many at a time. */
export async function eachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < items.length; from += width) await allOf(items.slice(from, from + width).map(work));
}
