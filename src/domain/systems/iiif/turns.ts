/** So many objects are put together at once: others wait with what they have, which is little. */
const AT_ONCE = 2;

let free = AT_ONCE;
const waiting: (() => void)[] = [];

/** The same pieces, each made in turn with those of other readers: memory does not grow with how many there are. */
export async function* inTurns(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      await turn();
      const step = await iterator.next().finally(next);
      if (step.done) return;
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function turn(): Promise<void> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Whoever waited longest takes over; nobody can come in between. */
function next(): void {
  const longest = waiting.shift();
  if (longest === undefined) free += 1;
  else longest();
}
