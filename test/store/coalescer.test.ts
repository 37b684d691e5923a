import { describe, expect, it } from 'vitest';
import { Coalescer, type Waiting } from '../../src/store/coalescer.ts';

type Group = readonly Waiting<number, string>[];

interface Gate {
  readonly promise: Promise<Group | undefined>;
  resolve(value: Group | undefined): void;
  reject(error: Error): void;
}

function gateOf(): Gate {
  const gate: Partial<Gate> = {};
  const promise = new Promise<Group | undefined>((resolve, reject) => Object.assign(gate, { resolve, reject }));
  return Object.assign(gate, { promise }) as Gate;
}

/** Writes that are on their way until they are let go; `groups` holds what each took. */
function gated(options: { readonly width?: number; readonly take?: number; readonly gather?: true } = {}) {
  const groups: number[][] = [];
  const gates: Gate[] = [];
  let idle = 0;
  const { take = 100, ...others } = options;
  const queue = new Coalescer<number, string>({
    ...others,
    take: () => take,
    write: async (group) => {
      groups.push(group.map(({ item }) => item));
      const gate = gateOf();
      gates.push(gate);
      const again = (await gate.promise) ?? [];
      for (const waiting of group) if (!again.includes(waiting)) waiting.resolve(`done ${waiting.item}`);
      return again;
    },
    onIdle: () => (idle += 1),
  });
  /** Lets the write with this number end. */
  const end = async (n: number) => {
    gates[n]?.resolve(undefined);
    await turn();
  };
  return { queue, groups, gates, end, idle: () => idle };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('what is gathered while a write is on its way', () => {
  it('begins at once where none is, and else goes together with the next', async () => {
    const { queue, groups, end, idle } = gated();
    const answers = [1, 2, 3].map((n) => queue.join(n));
    expect(groups).toEqual([[1]]);
    await end(0);
    expect(groups).toEqual([[1], [2, 3]]);
    expect(idle()).toBe(0);
    await end(1);
    expect(await Promise.all(answers)).toEqual(['done 1', 'done 2', 'done 3']);
    expect(idle()).toBe(1);
    void queue.join(4);
    expect(groups.at(-1)).toEqual([4]);
  });

  it('is at most as much as is taken, in its order', async () => {
    const { queue, groups, end } = gated({ take: 2 });
    for (const n of [1, 2, 3, 4]) void queue.join(n);
    await end(0);
    await end(1);
    expect(groups).toEqual([[1], [2, 3], [4]]);
  });

  it('goes in as many writes at a time as the queue is wide', async () => {
    const { queue, groups, end } = gated({ width: 2 });
    for (const n of [1, 2, 3, 4]) void queue.join(n);
    expect(groups).toEqual([[1], [2]]);
    await end(1);
    expect(groups).toEqual([[1], [2], [3, 4]]);
  });

  it('takes along who comes while it gathers, and writes nothing for nobody', async () => {
    const { queue, groups } = gated({ width: 3, gather: true });
    for (const n of [1, 2, 3]) void queue.join(n);
    expect(groups).toEqual([]);
    await turn();
    await turn();
    expect(groups).toEqual([[1, 2, 3]]);
  });

  it('waits for one turn of the event loop where nobody else comes', async () => {
    const { queue, groups } = gated({ gather: true });
    void queue.join(1);
    expect(groups).toEqual([]);
    await turn();
    expect(groups).toEqual([[1]]);
  });

  it('waits longer while each turn of the event loop brings more, but not for ever', async () => {
    const { queue, groups } = gated({ gather: true });
    void queue.join(0);
    for (const n of [1, 2, 3, 4, 5, 6]) {
      void queue.join(n);
      if (n === 3) expect(groups).toEqual([]);
      await turn();
    }
    expect(groups).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('waits again, before all others, where a write hands it back', async () => {
    const groups: number[][] = [];
    const queue = new Coalescer<number, string>({
      take: () => 3,
      write: async (group) => {
        groups.push(group.map(({ item }) => item));
        await turn();
        group[0]?.resolve('done');
        return group.slice(1);
      },
    });
    const answers = Promise.all([1, 2, 3, 4].map((n) => queue.join(n)));
    await answers;
    expect(groups).toEqual([[1], [2, 3, 4], [3, 4], [4]]);
  });

  it('is rejected with a write that fails, and the next write is not', async () => {
    const { queue, gates, end } = gated();
    const answers = [1, 2, 3].map((n) => queue.join(n));
    await end(0);
    gates[1]?.reject(new Error('gone'));
    expect(await Promise.allSettled(answers)).toMatchObject([
      { value: 'done 1' },
      { reason: { message: 'gone' } },
      { reason: { message: 'gone' } },
    ]);
    const next = queue.join(4);
    await end(2);
    expect(await next).toBe('done 4');
  });

  it('is settled when all are answered, and not before', async () => {
    const { queue, end } = gated();
    let settled = false;
    for (const n of [1, 2]) void queue.join(n);
    const waiting = queue.settled().then(() => (settled = true));
    await end(0);
    expect(settled).toBe(false);
    await end(1);
    await waiting;
    await queue.settled();
  });
});
