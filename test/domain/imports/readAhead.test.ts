import { expect, it } from 'vitest';
import { readAhead } from '../../../src/domain/imports/readAhead.ts';

/** Numbers from 1 on, with a list of what happens. */
function numbers(told: string[], { failsAt = Number.POSITIVE_INFINITY } = {}) {
  return (async function* () {
    try {
      for (let i = 1; i <= 3; i += 1) {
        told.push(`makes ${i}`);
        await Promise.resolve();
        if (i === failsAt) throw new Error(`no ${i}`);
        yield i;
      }
    } finally {
      told.push('ends');
    }
  })();
}

it('makes the next item while the caller works on the last one, and no other', async () => {
  const told: string[] = [];
  for await (const item of readAhead(numbers(told))) {
    await new Promise((resolve) => setImmediate(resolve));
    told.push(`used ${item}`);
  }
  expect(told).toEqual(['makes 1', 'makes 2', 'used 1', 'makes 3', 'used 2', 'ends', 'used 3']);
});

it('tells the error of an item when its turn comes', async () => {
  const used: number[] = [];
  const all = (async () => {
    for await (const item of readAhead(numbers([], { failsAt: 3 }))) used.push(item);
  })();
  await expect(all).rejects.toThrow('no 3');
  expect(used).toEqual([1, 2]);
});

it('ends the source once its last item is made when the caller stops, even if that fails', async () => {
  for (const failsAt of [2, 3]) {
    const told: string[] = [];
    for await (const item of readAhead(numbers(told, { failsAt }))) {
      if (item === 1) break;
    }
    expect(told).toEqual(['makes 1', 'makes 2', 'ends']);
  }
});
