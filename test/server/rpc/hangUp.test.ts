import { describe, expect, it, vi } from 'vitest';
import { HangUp } from '../../../src/server/rpc/hangUp.ts';

describe('who listens for a caller to hang up', () => {
  it('is called once, when it happens', () => {
    const hangUp = new HangUp();
    const listener = vi.fn();
    hangUp.listen(listener);
    expect(listener).not.toHaveBeenCalled();
    hangUp.happen();
    hangUp.happen();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('is called at once if it has happened', () => {
    const hangUp = new HangUp();
    hangUp.happen();
    const listener = vi.fn();
    hangUp.listen(listener);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('is not called after it has stopped listening', () => {
    const hangUp = new HangUp();
    const listener = vi.fn();
    hangUp.listen(listener)();
    hangUp.happen();
    expect(listener).not.toHaveBeenCalled();
  });

  it('gets a signal that aborts, before or after it happened', () => {
    const [early, late] = [new HangUp(), new HangUp()];
    const { signal } = early;
    expect(signal.aborted).toBe(false);
    early.happen();
    late.happen();
    expect([signal.aborted, early.signal, late.signal.aborted]).toEqual([true, signal, true]);
  });
});
