import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { LONG } from '../support/long.ts';
import type { Running } from '../support/running.ts';

/** What an attack did to the service. */
export interface Toll<R> {
  /** What the attack itself resolved to. */
  readonly result: R;
  /** How long `GET /healthz` took each time, in milliseconds and in order; an unanswered one counts until it failed. */
  readonly health: readonly number[];
  /** How many of them were not answered with 200. */
  readonly unhealthy: number;
  /** The memory of the service (RSS) in megabytes: before the attack, and the most that was seen during it. */
  readonly memory: { readonly before: number; readonly most: number };
  /** The longest that the event loop of the service was held up, in milliseconds, as its own metrics say. */
  readonly held: number;
  /** False when the process has ended. */
  readonly alive: boolean;
}

export interface AttackOptions {
  /** The attack is told to stop after so long, if it has not ended by itself. */
  readonly stopAfterMs?: number;
  /** Health and memory are sampled so often. */
  readonly everyMs?: number;
}

/** A health probe that takes longer counts as failed. */
const PROBE_PATIENCE_MS = 120_000;

/**
 * Runs the attack against a running service, and samples its health and memory meanwhile. The attack gets a signal that
 * says when to stop; it must heed it.
 */
export async function underAttack<R>(
  service: Running,
  attack: (stop: AbortSignal) => Promise<R>,
  { stopAfterMs = LONG ? 60_000 : 1_000, everyMs = 100 }: AttackOptions = {},
): Promise<Toll<R>> {
  const ended = new AbortController();
  const health: number[] = [];
  const pid = service.process.pid ?? 0;
  const before = await residentMegabytes(pid);
  let most = before;
  let held = 0;
  let unhealthy = 0;
  const sample = async () => {
    while (!ended.signal.aborted) {
      const began = performance.now();
      const { status } = await get(service, '/healthz').catch(() => ({ status: 0 }));
      health.push(performance.now() - began);
      if (status !== 200) unhealthy += 1;
      most = Math.max(most, await residentMegabytes(pid));
      await sleep(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  // The metric of the event loop starts anew each time that it is read.
  const watchLoop = async () => {
    await loopHeldMs(service);
    while (!ended.signal.aborted) {
      await sleep(1_000, undefined, { signal: ended.signal }).catch(() => undefined);
      held = Math.max(held, await loopHeldMs(service));
    }
  };
  const watching = Promise.all([sample(), watchLoop()]);
  const result = await attack(AbortSignal.timeout(stopAfterMs)).finally(() => ended.abort());
  await watching;
  const alive = service.process.exitCode === null && service.process.signalCode === null;
  return { result, health, unhealthy, memory: { before, most }, held, alive };
}

/** Keeps so many of these requests under way until the signal says stop; resolves to how many each answer came. */
export async function flood(
  parallel: number,
  stop: AbortSignal,
  send: (index: number) => Promise<string | number>,
): Promise<Map<string | number, number>> {
  const answers = new Map<string | number, number>();
  const note = (answer: string | number) => answers.set(answer, (answers.get(answer) ?? 0) + 1);
  const lane = async (index: number) => {
    while (!stop.aborted) {
      const answer = await send(index).catch((error: NodeJS.ErrnoException) => error.code ?? error.name);
      note(answer);
      // Who is refused at once must not turn this process into the bottleneck.
      await sleep(1);
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, index) => lane(index)));
  return answers;
}

/** One line for the reader of `npm run test:long`. */
export function printToll(title: string, { health, unhealthy, memory, held, alive }: Toll<unknown>): void {
  const sorted = health.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  console.log(
    `${title}: health ${sorted.length} times, median ${at(0.5)} ms, 99% ${at(0.99)} ms, worst ${at(1)} ms, ` +
      `${unhealthy} failed; event loop held for ${Math.round(held)} ms at most; ` +
      `memory ${Math.round(memory.before)} MB before, ${Math.round(memory.most)} MB at most${alive ? '' : '; DEAD'}`,
  );
}

export interface PlainReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own. */
export function ask(
  { url }: Pick<Running, 'url'>,
  path: string,
  { method = 'POST', headers = {}, body, signal }: Ask = {},
): Promise<PlainReply> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false, timeout: PROBE_PATIENCE_MS, ...(signal && { signal }) };
    const request = http.request(new URL(path, url), options, (response) => {
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
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.end(body);
  });
}

const get = (service: Running, path: string) => ask(service, path, { method: 'GET' });

async function loopHeldMs(service: Running): Promise<number> {
  const { body } = await get(service, '/metrics').catch(() => ({ body: '' }));
  return 1_000 * Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(body)?.[1] ?? 0);
}

/** The memory that the process holds (RSS), in megabytes; 0 when it has ended. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
