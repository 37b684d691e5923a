import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { refuse } from '../../../src/base/errors.ts';
import { createLogger } from '../../../src/base/log.ts';
import type { Answer, Door, Identified, IdentifiedCall, MethodShape, Origin } from '../../../src/gate/door.ts';
import type { ProxyRules } from '../../../src/server/rpc/address.ts';
import type { BodyBounds } from '../../../src/server/rpc/body.ts';
import type { CallLimits } from '../../../src/server/rpc/callLimits.ts';
import type { CallTraces } from '../../../src/server/rpc/callTraces.ts';
import { createMetrics } from '../../../src/server/rpc/metrics.ts';
import { createRpcServer, type RpcServer } from '../../../src/server/rpc/server.ts';
import { wideBodies, wideDeadlines, wideLimits } from './bounds.ts';

export const RECEIPT = { record: '65f0-0', hash: 'c0ffee' };

const shapes: readonly MethodShape[] = [
  { name: 'Workspace.ver', auth: 'none', paramCount: 0, returnsValue: true },
  { name: 'Workspace.administer', auth: 'required', paramCount: 1, returnsValue: true },
  { name: 'Workspace.set_permissions', auth: 'required', paramCount: 1, returnsValue: false },
  { name: 'Workspace.echo', auth: 'none', paramCount: 1, returnsValue: true },
  { name: 'Workspace.slow', auth: 'none', paramCount: 0, returnsValue: true },
  { name: 'Workspace.slow_mine', auth: 'required', paramCount: 0, returnsValue: true },
  { name: 'Workspace.slow_write', auth: 'required', paramCount: 0, returnsValue: true, heavy: true },
  { name: 'Workspace.result', auth: 'none', paramCount: 0, returnsValue: true },
  { name: 'Workspace.throws', auth: 'none', paramCount: 0, returnsValue: true },
];

/** A fake of the gate, which notes the calls. */
export class FakeDoor implements Door {
  readonly calls: { method: string; caller: string | undefined; params: readonly unknown[]; origin: Origin }[] = [];
  readonly refusedNotifications: { caller: string | undefined; requestId: string }[] = [];
  /** What the method `throws` throws, and the method `result` returns. */
  thrown: unknown = new Error('a bug');
  result: () => unknown = () => null;
  #waiting: (() => void)[] = [];

  method(name: string): MethodShape | undefined {
    return shapes.find((shape) => shape.name === name);
  }

  async identify(method: MethodShape, { authorization }: Origin): Promise<Identified | undefined> {
    if (method.auth === 'none') return undefined;
    if (authorization === undefined || authorization === '') throw refuse('token_missing');
    if (authorization === 'bad') throw refuse('token_invalid');
    return { id: authorization, name: authorization.slice(0, 10) };
  }

  async call({ name }: MethodShape, { caller, params, origin }: IdentifiedCall): Promise<Answer> {
    this.calls.push({ method: name, caller: caller?.name, params, origin });
    switch (name) {
      case 'Workspace.administer':
        if ((params[0] as { command?: unknown } | null)?.command === 'refused') throw refuse('not_admin', 'ann');
        return { result: (params[0] as { result?: unknown } | null)?.result, receipt: RECEIPT };
      case 'Workspace.echo':
        return { result: params[0] };
      case 'Workspace.result':
        return { result: this.result() };
      case 'Workspace.slow':
      case 'Workspace.slow_mine':
      case 'Workspace.slow_write':
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        return { result: 'at last' };
      case 'Workspace.throws':
        throw this.thrown;
      default:
        return { result: '1.2.3' };
    }
  }

  async refuseNotification(_: MethodShape, caller: Identified | undefined, { requestId }: Origin): Promise<void> {
    this.refusedNotifications.push({ caller: caller?.name, requestId });
  }

  /** How many calls of `slow`, `slow_mine` and `slow_write` wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Releases them. */
  release(): void {
    for (const go of this.#waiting) go();
    this.#waiting = [];
  }
}

export interface HttpReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export type LogEntry = Readonly<Record<string, unknown>> & { readonly message: string; readonly level: string };

/** The real HTTP server in front of a {@link FakeDoor}, on a port of its own. */
export class OpenDoor implements AsyncDisposable {
  readonly door: FakeDoor;
  readonly server: RpcServer;
  readonly port: number;
  readonly #written: string[];

  constructor(door: FakeDoor, server: RpcServer, port: number, written: string[]) {
    this.door = door;
    this.server = server;
    this.port = port;
    this.#written = written;
  }

  /** One HTTP request on a connection of its own. */
  ask({ method = 'POST', path = '/', headers = {}, body }: Asked = {}): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      const request = http.request({ port: this.port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.once('error', reject);
      request.end(body);
    });
  }

  /** Posts this text, or this value as JSON. */
  post(body: unknown, headers: http.OutgoingHttpHeaders = { authorization: 'ann' }): Promise<HttpReply> {
    return this.ask({ headers, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) });
  }

  /** A raw connection, for requests that no HTTP client would send. */
  connect(): Promise<Bare> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.port, host: '127.0.0.1' }, () => {
        socket.off('error', reject);
        resolve(new Bare(socket));
      });
      socket.once('error', reject);
    });
  }

  /** The log so far. */
  get logged(): string {
    return this.#written.join('');
  }

  get entries(): LogEntry[] {
    return this.logged
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  /** The lines of this metric in `/metrics`. */
  async metric(name: string): Promise<string[]> {
    const { body } = await this.ask({ method: 'GET', path: '/metrics' });
    return body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.door.release();
    await this.server.stop(1_000);
  }
}

/** One connection, and everything received on it. */
export class Bare {
  readonly socket: Socket;
  received = '';
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.received += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }
}

export interface OpenOptions {
  readonly bodies?: Partial<BodyBounds>;
  readonly limits?: CallLimits;
  readonly proxies?: ProxyRules;
  readonly maxHeldAnswerBytes?: number;
  readonly stallMs?: number;
  readonly ready?: () => Promise<boolean>;
  readonly corsOrigins?: readonly string[];
  readonly traces?: CallTraces | undefined;
}

export async function openDoor(options: OpenOptions = {}): Promise<OpenDoor> {
  const door = new FakeDoor();
  const written: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const server = createRpcServer({
    door,
    log: createLogger({ level: 'debug', stream }),
    metrics: createMetrics(),
    knownCommand: (name) => name === 'listAdmins',
    bodies: { ...wideBodies, ...options.bodies },
    maxHeldAnswerBytes: options.maxHeldAnswerBytes ?? 256_000_000,
    ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
    limits: options.limits ?? wideLimits(),
    deadlines: wideDeadlines,
    proxies: options.proxies ?? { trusted: ['127.0.0.1'] },
    ready: options.ready ?? (async () => true),
    corsOrigins: options.corsOrigins ?? [],
    traces: options.traces,
  });
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  return new OpenDoor(door, server, port, written);
}

/** Waits until a condition holds, for at most three minutes. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 180_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within three minutes: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
