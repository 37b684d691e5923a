import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallDeadline } from '../../../src/server/rpc/callDeadline.ts';
import { HangUp } from '../../../src/server/rpc/hangUp.ts';
import { beginCommit, commitFailed } from '../../../src/store/awaited.ts';

const rules = { seconds: 30, isLong: (name: string) => name === 'saveObjects' };
const never = () => new Promise<never>(() => undefined);
const reasonOf = (call: Promise<unknown>) => call.then(String, (error) => error.reason);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a call that does not end in time', () => {
  it('is refused, and nothing is begun for it any more', async () => {
    const deadline = new CallDeadline(rules, undefined);
    const refused = reasonOf(deadline.run(['Workspace.administer', 'addAdmin'], never));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(deadline.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await refused).toBe('deadline_exceeded');
    expect(() => beginCommit(deadline.signal)).toThrow(expect.objectContaining({ reason: 'caller_gone' }));
  });

  it('has twenty times as long if its method or command may take long', async () => {
    for (const names of [['saveObjects'], ['Workspace.administer', 'saveObjects'], [undefined, 'saveObjects']]) {
      const refused = reasonOf(new CallDeadline(rules, undefined).run(names, never));
      const other = vi.fn();
      void refused.then(other);
      await vi.advanceTimersByTimeAsync(599_999);
      expect(other).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(await refused).toBe('deadline_exceeded');
    }
  });

  it('says that the outcome is unknown from when its commit is sent until the server refuses it', async () => {
    for (const [failed, reason] of [
      [false, 'outcome_unknown'],
      [true, 'deadline_exceeded'],
    ]) {
      const deadline = new CallDeadline(rules, undefined);
      const refused = reasonOf(deadline.run([], never));
      beginCommit(deadline.signal);
      if (failed) commitFailed(deadline.signal);
      await vi.advanceTimersByTimeAsync(30_000);
      expect(await refused).toBe(reason);
    }
  });
});

it('a call that ends in time answers as it ends, and leaves no timer', async () => {
  expect(await new CallDeadline(rules, undefined).run([], async () => 'done')).toBe('done');
  const failing = new CallDeadline(rules, undefined).run([], () => Promise.reject(new Error('a failure')));
  await expect(failing).rejects.toThrow('a failure');
  expect(vi.getTimerCount()).toBe(0);
});

it.each(['before', 'while'])('its signal aborts if the caller hangs up %s it runs', async (when) => {
  const caller = new HangUp();
  if (when === 'before') caller.happen();
  const deadline = new CallDeadline(rules, caller);
  let end: () => void = () => undefined;
  const call = deadline.run([], () => new Promise<void>((resolve) => (end = resolve)));
  if (when === 'while') {
    expect(deadline.signal.aborted).toBe(false);
    caller.happen();
  }
  expect(deadline.signal.aborted).toBe(true);
  end();
  await call;
});
