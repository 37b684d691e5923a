import { errorFields, type Logger } from '../base/log.ts';
import type { PolicyWatch } from '../gate/policy/policyWatch.ts';
import type { Metrics } from './rpc/metrics.ts';

/** How often the policy file is read. */
const EVERY_MS = 1_000;

/**
 * Reads the policy file every second, and at once on SIGHUP.
 *
 * @returns a function that ends it
 */
export function watchPolicy(
  policy: PolicyWatch,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): () => Promise<void> {
  metrics.measure('policyTrouble', () => (policy.trouble === undefined ? 0 : 1));
  const check = () => {
    policy
      .check()
      .catch((error: unknown) => log.warn('the policies of the instances cannot be compared', errorFields(error)));
  };
  const timer = setInterval(check, EVERY_MS);
  process.on('SIGHUP', check);
  return async () => {
    clearInterval(timer);
    process.off('SIGHUP', check);
    await policy.check().catch(() => undefined);
  };
}
