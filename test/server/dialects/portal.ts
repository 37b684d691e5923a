import { PassThrough } from 'node:stream';
import { createLogger } from '../../../src/base/log.ts';
import { DialectServer } from '../../../src/server/dialects/dialectServer.ts';
import { dialects } from '../../../src/server/dialects/dialects.ts';
import type { ProxyRules } from '../../../src/server/rpc/address.ts';
import { createMetrics } from '../../../src/server/rpc/metrics.ts';
import { createRpcServer } from '../../../src/server/rpc/server.ts';
import { openHouse, originOf, type TestHouse, type TestHouseOptions, type Who } from '../../support/house.ts';
import { wideBodies, wideDeadlines, wideLimits } from '../rpc/bounds.ts';

export const SECRET_KEY = 'the secret key of the tests';

/** An answer, with its body parsed as JSON if there is one. */
export interface PortalReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is compared field by field
  readonly body: any;
}

export interface Ask {
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A house with an HTTP server, as the clients of the other systems see it. */
export interface Portal extends TestHouse {
  readonly url: string;
  ask(verb: string, path: string, ask?: Ask): Promise<PortalReply>;
  /** Runs a command as `boss`, directly at the gate, and returns its result. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  run(command: string, params?: unknown, user?: string): Promise<any>;
  /** A token of the configured source. */
  tokenOf(who: Who): string;
  /** The log so far. */
  logged(): string;
}

let asked = 0;

export interface PortalOptions extends TestHouseOptions {
  /** The proxies whose X-Forwarded-For is trusted; by default that of the tests themselves. */
  readonly proxies?: ProxyRules;
  /** The origins whose pages may call. */
  readonly corsOrigins?: readonly string[];
  /** The largest body, in bytes; a million by default. */
  readonly maxBodyBytes?: number;
  /** A house that is open already; it is closed with the portal. */
  readonly house?: TestHouse;
}

export async function openPortal({
  proxies,
  corsOrigins = [],
  maxBodyBytes = 1_000_000,
  house: open,
  ...options
}: PortalOptions = {}): Promise<Portal> {
  const house = open ?? (await openHouse({ secretKey: SECRET_KEY, ...options }));
  const written: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const log = createLogger({ level: 'debug', stream });
  const metrics = createMetrics();
  const limits = wideLimits();
  const server = createRpcServer({
    door: house.gate,
    log,
    metrics,
    knownCommand: () => true,
    limits,
    deadlines: wideDeadlines,
    bodies: { ...wideBodies, maxBodyBytes },
    maxHeldAnswerBytes: 256_000_000,
    proxies: proxies ?? { trusted: ['127.0.0.1'] },
    ready: async () => true,
    corsOrigins,
    routes: new DialectServer({
      door: house.gate,
      dialects,
      log,
      metrics,
      limits,
      deadlines: wideDeadlines,
      version: '0.0.0-test',
    }),
  });
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${port}`;
  return {
    ...house,
    url,
    ask: async (verb, path, { body, headers = {} } = {}) => {
      const json = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(`${url}${path}`, {
        method: verb,
        redirect: 'manual',
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          // Each request has an address of its own, so that tests do not use up each other's attempts.
          'x-forwarded-for': addressOf(++asked),
          ...headers,
        },
        ...(body === undefined ? {} : { body: json }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: parsed(text) };
    },
    run: async (command, params, user) =>
      (await house.administer('boss', { command, ...(params === undefined ? {} : { params }), user })).result,
    tokenOf: (who) => originOf(who).authorization ?? '',
    logged: () => written.join(''),
    [Symbol.asyncDispose]: async () => {
      await server.stop(1_000);
      await house[Symbol.asyncDispose]();
    },
  };
}

const addressOf = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
