import { refuse } from '../base/errors.ts';

/**
 * Keeps work that nobody waits for any more from beginning or being committed. Never call it between a commit and its
 * answer, when the work may already be in effect.
 *
 * @throws caller_gone
 */
export function assertAwaited(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw refuse('caller_gone');
}

const committing = new WeakSet<AbortSignal>();

/**
 * Call this right before a commit is sent: from then on, the work of whoever waits with this signal may be in effect.
 *
 * @throws caller_gone
 */
export function beginCommit(signal: AbortSignal | undefined): void {
  assertAwaited(signal);
  if (signal !== undefined) committing.add(signal);
}

/** Call this when the server has said that it did not commit. */
export function commitFailed(signal: AbortSignal | undefined): void {
  if (signal !== undefined) committing.delete(signal);
}

/** Whether the work of whoever waits with this signal may be in effect. */
export const isCommitting = (signal: AbortSignal): boolean => committing.has(signal);
