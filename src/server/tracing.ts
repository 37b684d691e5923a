import type { Logger } from '../base/log.ts';
import type { Tracing } from './rpc/callTraces.ts';

/** The variables of OpenTelemetry that name a collector. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/**
 * Traces of calls for the OpenTelemetry collector that the environment names. Without one there are none, and the
 * packages of OpenTelemetry are not loaded.
 */
export async function openTracing(env: NodeJS.ProcessEnv, log: Logger): Promise<Tracing | undefined> {
  if (!ENDPOINTS.some((name) => (env[name] ?? '') !== '')) return undefined;
  const { openOtlp } = await import('./otlp.ts');
  return openOtlp(log);
}
