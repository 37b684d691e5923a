import { describe, expect, it, vi } from 'vitest';
import { StewardError } from '../../../src/base/errors.ts';
import { Limiter, type LimiterOptions } from '../../../src/server/rpc/limiter.ts';

const HOUR = 3_600_000;

/** A limiter, with a log of the admitted and refused calls, in order. */
function watched(options: Partial<LimiterOptions> = {}) {
  const limiter = new Limiter({
    perClient: 2,
    total: 3,
    waitingPerClient: 4,
    waiting: 100,
    patienceMs: HOUR,
    ...options,
  });
  const log: string[] = [];
  const ways = new Map<string, () => void>();
  const come = async (name: string, signal?: AbortSignal) => {
    try {
      const leave = await limiter.enter(name.slice(0, 1), signal);
      ways.set(name, leave);
      log.push(name);
    } catch (error) {
      log.push(`${name} ${error instanceof StewardError ? error.reason : error}`);
    }
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    limiter,
    log,
    come: async (...names: string[]) => {
      for (const name of names) void come(name);
      await settled();
    },
    comeWith: async (name: string, signal: AbortSignal) => {
      void come(name, signal);
      await settled();
    },
    leave: async (...names: string[]) => {
      for (const name of names) ways.get(name)?.();
      await settled();
    },
    settled,
  };
}

describe('a limiter', () => {
  it('admits a limited number of calls of a client, and of all', async () => {
    const { limiter, log, come } = watched();
    await come('a1', 'a2', 'a3', 'b1', 'c1');
    expect(log).toEqual(['a1', 'a2', 'b1']);
    expect(limiter.waiting).toBe(2);
  });

  it('lets clients take turns, each in its own order', async () => {
    const { log, come, leave } = watched({ perClient: 1, total: 1 });
    await come('a1', 'a2', 'a3', 'b1', 'c1', 'c2');
    for (const next of ['a1', 'a2', 'b1', 'c1', 'a3', 'c2']) await leave(next);
    expect(log).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'c2']);
  });

  it('admits no call before those of the same client that wait', async () => {
    const { log, come, leave } = watched({ perClient: 1 });
    await come('a1', 'a2');
    await leave('a1');
    await come('a3');
    expect(log).toEqual(['a1', 'a2']);
  });

  it('refuses a call at once if too many of the same client wait, with the reason for it', async () => {
    const { log, come } = watched({ waitingPerClient: 1 });
    await come('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3');
    expect(log).toEqual(['a1', 'a2', 'b1', 'a4 rate_limited', 'b3 server_busy']);
  });

  it('refuses a call at once if too many of all clients wait, and admits one after another has left', async () => {
    const { limiter, log, come, leave } = watched({ waiting: 2 });
    await come('a1', 'a2', 'b1', 'b2', 'c1', 'd1');
    expect(log).toEqual(['a1', 'a2', 'b1', 'd1 server_busy']);
    expect(limiter.waiting).toBe(2);
    await leave('a1');
    await come('d2');
    expect(log.slice(4)).toEqual(['b2']);
    await come('e1');
    expect(log.at(-1)).toBe('e1 server_busy');
  });

  it('refuses a call that waited too long', async () => {
    const { limiter, log, come, settled } = watched({ patienceMs: 20 });
    await come('a1', 'a2', 'a3', 'b1', 'b2');
    while (log.length < 5) await settled();
    expect(log.slice(3)).toEqual(['a3 rate_limited', 'b2 server_busy']);
    expect(limiter.waiting).toBe(0);
  });

  it('forgets a call whose caller disconnected while waiting', async () => {
    const { limiter, log, come, comeWith, leave } = watched({ perClient: 1 });
    const gone = new AbortController();
    await come('a1');
    await comeWith('a2', gone.signal);
    await come('a3');
    gone.abort();
    await leave('a1');
    expect(log).toEqual(['a1', 'a2 caller_gone', 'a3']);
    await comeWith('a4', gone.signal);
    expect(log.at(-1)).toBe('a4 caller_gone');
    expect(limiter.waiting).toBe(0);
  });

  it('counts a call once that leaves twice', async () => {
    const { log, come, leave } = watched({ perClient: 1, total: 1 });
    await come('a1', 'b1', 'c1');
    await leave('a1', 'a1', 'a1');
    expect(log).toEqual(['a1', 'b1']);
  });

  it('refuses calls at once that would wait in vain, of those first of whom most wait, and says how long others take', async () => {
    const { limiter, log, come, leave } = watched({
      perClient: 1,
      total: 1,
      waitingPerClient: 300,
      patienceMs: 9 * HOUR,
    });
    const clock = vi.spyOn(performance, 'now');
    let now = 0;
    clock.mockImplementation(() => now);
    try {
      await come(...names('a', 30), ...names('b', 5));
      expect(limiter.waiting).toBe(34);
      // Each call takes two hours: in nine hours, four more of them end.
      for (let i = 0; i < 17; i += 1) {
        now += 2 * HOUR;
        await leave(log.filter((entry) => !entry.includes(' ')).at(-1) ?? '');
      }
      expect(limiter.waiting).toBe(4);
      const refused = log.filter((entry) => entry.includes(' '));
      expect(new Set(refused)).toEqual(
        new Set(
          names('a', 30)
            .slice(-refused.length)
            .map((name) => `${name} rate_limited`),
        ),
      );
      await expect(limiter.enter('a')).rejects.toMatchObject({ reason: 'server_busy', args: [8 * 3_600] });
    } finally {
      clock.mockRestore();
    }
  });
});

const names = (client: string, count: number) => Array.from({ length: count }, (_, i) => `${client}${i}`);
