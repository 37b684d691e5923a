/** The items of the source, of which it makes the next one while the caller works on the last. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, undefined, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = begun(iterator);
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = begun(iterator);
      yield value;
    }
  } finally {
    // A caller who stops early may close what the source reads.
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}

/** The next item. If the caller stops before it is asked for, nobody handles its error. */
function begun<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
}
