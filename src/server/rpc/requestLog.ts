import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../base/log.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { RequestOrigin } from './calls.ts';

/** What supervisors and Prometheus ask for every few seconds. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const MAX_PATH = 200;

/** Logs a request that is no call, which has no other line in the log, when it was answered. Probes are for debugging. */
export function logRequest(
  log: Logger,
  { request, response, origin }: { request: IncomingMessage; response: ServerResponse; origin: RequestOrigin },
  path: string,
): void {
  const startedAt = performance.now();
  response.once('close', () => {
    log[PROBES.has(path) ? 'debug' : 'info']('request', {
      verb: request.method,
      path: cutToCharacters(path, MAX_PATH),
      status: response.statusCode,
      ms: Math.round((performance.now() - startedAt) * 1000) / 1000,
      address: origin.address,
      socketAddress: origin.socketAddress,
      forwarded: origin.forwarded,
    });
  });
}
