import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Tracing } from '../../../src/server/rpc/callTraces.ts';
import { openTracing } from '../../../src/server/tracing.ts';
import { type OpenDoor, openDoor } from './fakeDoor.ts';

/** A span, as a collector gets it in OTLP's JSON. */
interface Span {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

interface Received {
  readonly path: string | undefined;
  readonly text: string;
}

/** A collector that keeps what it gets. */
const received: Received[] = [];
const collector = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const isPacked = request.headers['content-encoding'] === 'gzip';
  received.push({ path: request.url, text: (isPacked ? gunzipSync(bytes) : bytes).toString() });
  response.setHeader('Content-Type', 'application/json').end('{}');
});

let tracing: Tracing | undefined;
let open: OpenDoor;
const warnings: string[] = [];
const log = {
  error: () => undefined,
  warn: (message: string) => void warnings.push(message),
  info: () => undefined,
  debug: () => undefined,
};

async function openTo(endpoint: string): Promise<void> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=tests');
  tracing = await openTracing(process.env, log);
  open = await openDoor({ traces: tracing });
}

beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(async () => {
  await open[Symbol.asyncDispose]();
  await tracing?.stop();
  received.length = 0;
});
afterAll(() => void collector.close());

const address = () => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

/** What the collector has once the service has stopped. */
async function spans(): Promise<readonly Span[]> {
  await tracing?.stop();
  return received.flatMap(({ text }) =>
    (JSON.parse(text).resourceSpans as { scopeSpans: { spans: Span[] }[] }[]).flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
}

const attributesOf = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

describe('with a collector in the environment', () => {
  it('each call is a span with command, outcome and request id, and with nothing that was sent', async () => {
    await openTo(address());
    const params = { user: 'somebody', password: 'what nobody else may see' };
    await open.post({ method: 'administer', params: [{ command: 'listAdmins', params }] }, { authorization: 'ann' });
    await open.post({ method: 'administer', params: [{ command: 'refused' }] }, { authorization: 'ann' });
    await open.post({ method: 'name-of-no-method', params: [params] });
    const [listed, refused, unknown, ...others] = await spans();
    expect(others).toEqual([]);
    expect(received.map(({ path }) => path)).toEqual(['/v1/traces']);
    expect(listed).toMatchObject({ name: 'administer listAdmins', kind: 2, status: { code: 0 } });
    expect(attributesOf(listed as Span)).toEqual({
      'rpc.method': 'Workspace.administer',
      'steward.command': 'listAdmins',
      'steward.outcome': 'ok',
      'steward.request_id': open.door.calls[0]?.origin.requestId,
    });
    expect(attributesOf(refused as Span)).toMatchObject({ 'steward.outcome': 'not_admin' });
    expect(unknown?.name).toBe('other');
    for (const secret of ['somebody', 'what nobody else', 'ann"', 'name-of-no-method', 'authorization']) {
      expect(received[0]?.text).not.toContain(secret);
    }
    expect(received[0]?.text).toContain('"steward"');
    expect(received[0]?.text).toContain('deployment.environment');
    for (const { startTimeUnixNano, endTimeUnixNano } of [listed, refused] as Span[]) {
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
      expect(Math.abs(Number(BigInt(endTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(600_000);
    }
  });

  it('a span belongs to the trace of the caller, unless the header is none', async () => {
    await openTo(address());
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const call = { method: 'ver', params: [] };
    await open.post(call, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
    await open.post(call, { traceparent: `00-${trace}-b7ad6b7169203331-00` });
    await open.post(call, { traceparent: 'nonsense' });
    const [traced, own, ...others] = await spans();
    // The second caller has not sampled its trace.
    expect(others).toEqual([]);
    expect(traced).toMatchObject({ traceId: trace, parentSpanId: 'b7ad6b7169203331' });
    expect(own?.traceId).not.toBe(trace);
    expect(own?.parentSpanId ?? '').toBe('');
  });

  it('a collector that is away is reported once, and calls are answered', async () => {
    await openTo('http://127.0.0.1:1');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200');
    expect((await open.post({ method: 'ver', params: [] })).status).toBe(200);
    await tracing?.stop();
    expect(warnings).toEqual(['traces could not be sent']);
  });
});

it('without one, nothing is traced, and nothing of OpenTelemetry is loaded', async () => {
  const src = fileURLToPath(new URL('../../../src', import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const importing = (what: RegExp) => files.filter((file) => what.test(readFileSync(join(src, file), 'utf8')));
  expect(importing(/from '@opentelemetry\//)).toEqual(['server/otlp.ts']);
  expect(importing(/from '[^']*\/otlp\.ts'/)).toEqual([]);
  expect(await openTracing({}, log)).toBeUndefined();
  expect(await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, log)).toBeUndefined();
});
