import { refuse } from '../base/errors.ts';

/**
 * Work that nobody waits for any more is not begun, and not committed. It is never asked between a commit and its
 * answer: then it may be in effect.
 *
 * @throws caller_gone
 */
export function assertAwaited(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw refuse('caller_gone');
}
