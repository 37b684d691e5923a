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
