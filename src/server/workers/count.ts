import { availableParallelism } from 'node:os';
import type { Config } from '../../base/config/keys.ts';

/** How many worker processes the configuration asks for; `auto` leaves one processor to MongoDB and the rest of the host. */
export function workerCount(
  { 'server-workers': workers }: Pick<Config, 'server-workers'>,
  processors = availableParallelism(),
): number {
  return workers === 'auto' ? Math.max(1, processors - 1) : Number(workers);
}
