import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { defined } from '../base/defined.ts';
import { errorFields, type Logger } from '../base/log.ts';
import { VERSION } from '../base/version.ts';
import type { EndedCall, Tracing } from './rpc/callTraces.ts';

/** A collector that is away is not reported more often. */
const WARN_EVERY_MS = 600_000;

const propagator = new W3CTraceContextPropagator();
const getter = {
  get: (carrier: Readonly<Record<string, string>>, key: string) => carrier[key],
  keys: (carrier: Readonly<Record<string, string>>) => Object.keys(carrier),
};

/**
 * Sends a span for each call by OTLP over HTTP, as the variables of OpenTelemetry say (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …). What the collector does not take is dropped; calls never wait for it.
 */
export function openOtlp(log: Logger): Tracing {
  let warnedAt = Number.NEGATIVE_INFINITY;
  const warn = (error: unknown) => {
    if (performance.now() - warnedAt < WARN_EVERY_MS) return;
    warnedAt = performance.now();
    log.warn('traces could not be sent', errorFields(error));
  };
  setGlobalErrorHandler(warn);
  const own = resourceFromAttributes({ 'service.name': 'steward', 'service.version': VERSION });
  const provider = new BasicTracerProvider({
    // What the environment says comes last, and counts.
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('steward', VERSION);
  return {
    ended: (call) => {
      const { requestId, startedAt, method, command, outcome, isFault } = call;
      const options = {
        kind: SpanKind.SERVER,
        startTime: performance.timeOrigin + startedAt,
        attributes: defined({
          'rpc.method': method,
          'steward.command': command,
          'steward.outcome': outcome,
          'steward.request_id': requestId,
        }),
      };
      const name = command === undefined ? method : `administer ${command}`;
      const span = tracer.startSpan(name, options, parentOf(call));
      if (isFault) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
      span.end(performance.timeOrigin + performance.now());
    },
    stop: () => provider.shutdown().catch(warn),
  };
}

/** The caller's span, if the header names one. */
function parentOf({ traceparent }: EndedCall): Context {
  return traceparent === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, { traceparent }, getter);
}
