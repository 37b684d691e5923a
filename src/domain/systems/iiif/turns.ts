/** How many answers are assembled at a time; the others wait, and use little memory meanwhile. */
const AT_ONCE = 2;

let available = AT_ONCE;
const waiting: (() => void)[] = [];

/** The same pieces, each of which waits for its turn, so that memory does not grow with the number of readers. */
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
  if (available > 0) available -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Passes the turn on to the one who waited longest. */
function next(): void {
  const longest = waiting.shift();
  if (longest === undefined) available += 1;
  else longest();
}
