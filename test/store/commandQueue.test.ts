import { expect, it } from 'vitest';
import { CommandQueue } from '../../src/store/commandQueue.ts';

it('commands go out one after the other, whether those before succeed or fail, and each has its own outcome', async () => {
  const queue = new CommandQueue();
  const order: string[] = [];
  const answers = new Map<string, () => void>();
  const command = (name: string, error?: Error) =>
    queue.run(async () => {
      order.push(`${name} sent`);
      await new Promise<void>((resolve) => answers.set(name, resolve));
      order.push(`${name} answered`);
      if (error !== undefined) throw error;
      return name;
    });
  const failure = new Error('refused');
  const settled = Promise.allSettled([command('a'), command('b', failure), command('c')]);
  for (const name of ['a', 'b', 'c']) {
    await expect.poll(() => answers.has(name)).toBe(true);
    answers.get(name)?.();
  }
  expect(await settled).toEqual([
    { status: 'fulfilled', value: 'a' },
    { status: 'rejected', reason: failure },
    { status: 'fulfilled', value: 'c' },
  ]);
  expect(order).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} sent`, `${name} answered`]));
});
