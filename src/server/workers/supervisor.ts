import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackOff } from '../../base/backOff.ts';
import type { LoadedConfig } from '../../base/config/load.ts';
import { databaseSettings } from '../../base/config/mongodbHost.ts';
import { OperatorError } from '../../base/errors.ts';
import { errorFields, type Logger } from '../../base/log.ts';
import { type EmbeddedMongod, startEmbedded } from '../../store/embedded/server.ts';
import { createMetrics } from '../rpc/metrics.ts';
import type { Started, ToSupervisor, ToWorker } from './messages.ts';
import { WorkerMetrics } from './workerMetrics.ts';
import { type Ending, PING_EVERY_MS, WorkerProcess } from './workerProcess.ts';

export interface SupervisorOptions {
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  /** How many workers there are. */
  readonly count: number;
  /** The script and the arguments that a worker runs. */
  readonly program: { readonly exec: string; readonly args: string[] };
}

/** A worker may take so much longer to end than the calls in flight. */
const STOP_MARGIN_MS = 30_000;

/** A place for a worker, in which another one follows when it ends. */
interface Place {
  readonly number: number;
  readonly backOff: BackOff;
  worker?: WorkerProcess | undefined;
  /** Whether the worker answers calls. */
  isRunning: boolean;
  /** The port that the worker was told to listen on, once it was; 0 for any. */
  port?: number | undefined;
}

/**
 * Starts the embedded MongoDB, if the configuration asks for it, and the workers, which share the port.
 *
 * @throws UnfitDatabaseError
 */
export async function superviseWorkers(options: SupervisorOptions): Promise<Supervisor> {
  const { loaded, log } = options;
  const { uri, dataDir } = databaseSettings(loaded.config);
  const report = (line: string, level: 'info' | 'warn' = 'info') => log[level](line, { room: 'embedded mongodb' });
  const embedded = uri === undefined ? await startEmbedded({ dataDir, report }) : undefined;
  return new Supervisor(options, embedded);
}

/**
 * Keeps the workers running: one that ends is started again, and one that hangs is ended. They are instances of the service
 * like those on other hosts, and nothing but the port connects them.
 */
export class Supervisor {
  /** Resolves once the first worker answers calls. */
  readonly started: Promise<Started>;
  /** Resolves if the workers cannot start or go on, as when the database has another format, with an error for the operator. */
  readonly failed: Promise<Error>;
  readonly #options: SupervisorOptions;
  readonly #embedded: EmbeddedMongod | undefined;
  readonly #places: readonly Place[];
  readonly #metrics: WorkerMetrics;
  /** Aborts when no worker is to be started any more. */
  readonly #ending = new AbortController();
  readonly #ended: Promise<unknown>;
  #resolveStarted: (started: Started) => void = () => undefined;
  #resolveFailed: (error: Error) => void = () => undefined;
  #hasStarted = false;
  /** The port that the system chose, if it was left to it. */
  #port: number | undefined;
  #restarts = 0;
  #hangs = 0;

  constructor(options: SupervisorOptions, embedded: EmbeddedMongod | undefined) {
    this.#options = options;
    this.#embedded = embedded;
    this.started = new Promise((resolve) => {
      this.#resolveStarted = resolve;
    });
    this.failed = new Promise((resolve) => {
      this.#resolveFailed = resolve;
    });
    const own = createMetrics({ ofProcess: false });
    own.measure('workers', () => this.#running);
    own.measure('workerRestarts', () => this.#restarts);
    own.measure('workerHangs', () => this.#hangs);
    if (embedded !== undefined) own.measure('mongodRestarts', embedded.restarts);
    this.#metrics = new WorkerMetrics(() => own.values());
    this.#places = Array.from({ length: options.count }, (_, i) => ({
      number: i + 1,
      backOff: new BackOff(),
      isRunning: false,
    }));
    cluster.setupPrimary({ ...options.program, serialization: 'advanced' });
    this.#ended = Promise.all(this.#places.map((place) => this.#keepRunning(place)));
    const pinging = setInterval(() => this.#pingAll(), PING_EVERY_MS);
    this.#ending.signal.addEventListener('abort', () => clearInterval(pinging));
  }

  /** Tells all workers to read the policy file again. */
  reload(): void {
    this.#tellAll({ kind: 'reload' });
  }

  /** Lets the calls in flight of all workers finish, and ends the workers, and then the embedded MongoDB. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#tellAll({ kind: 'stop' });
    const graceMs = this.#options.loaded.config['shutdown-grace-seconds'] * 1_000;
    const timer = setTimeout(() => {
      this.#options.log.warn('workers that do not end are killed');
      for (const { worker } of this.#places) worker?.kill();
    }, graceMs + STOP_MARGIN_MS);
    await this.#ended;
    clearTimeout(timer);
    await this.#embedded?.stop();
  }

  async #keepRunning(place: Place): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      const since = performance.now();
      const ending = await this.#run(place).catch((error: unknown) => {
        this.#options.log.error('a worker process cannot be made', errorFields(error));
        return { status: 1 };
      });
      place.isRunning = false;
      this.#metrics.ended(place.number);
      if (signal.aborted) return;
      this.#tellView();
      this.#noteEnd(place, ending);
      place.worker = undefined;
      await sleep(place.backOff.next(performance.now() - since), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.#restarts += 1;
    }
  }

  async #run(place: Place): Promise<Ending> {
    place.port = undefined;
    place.worker = new WorkerProcess((message, from) => this.#take(place, from, message));
    return place.worker.ended;
  }

  /** Ends the workers that hang; others follow in their places. */
  #pingAll(): void {
    const { loaded, log } = this.#options;
    const timeout = loaded.config['worker-timeout-seconds'];
    for (const { number, worker } of this.#places) {
      if (worker === undefined || worker.ping() < timeout) continue;
      this.#hangs += 1;
      log.error(`worker ${number} (process ${worker.pid}) hangs: it has not responded for ${timeout} s, and is killed`);
      worker.kill();
    }
  }

  #noteEnd({ number, worker }: Place, ending: Ending): void {
    const how = 'status' in ending ? `with status ${ending.status}` : `by ${ending.signal}`;
    const what = `worker ${number} (process ${worker?.pid}) ended ${how}`;
    // What a worker cannot do at the first start, the next one could not do either; one that was killed says nothing of that.
    if (this.#hasStarted || 'signal' in ending) this.#options.log.warn(`${what}; starting it again`);
    else this.#fail(`The service does not start: ${what}.`);
  }

  #fail(message: string): void {
    this.#ending.abort();
    this.#resolveFailed(new OperatorError(message));
  }

  #take(place: Place, worker: WorkerProcess, message: ToSupervisor): void {
    const { loaded, log } = this.#options;
    switch (message.kind) {
      case 'up':
        place.port = this.#portFor(place);
        worker.tell({
          ...{ kind: 'begin', loaded: onPort(loaded, place.port), embeddedUri: this.#embedded?.uri },
          ...{ listensLate: place.number > 1 || this.#running > 0, number: place.number },
        });
        if (this.#ending.signal.aborted) worker.tell({ kind: 'stop' });
        break;
      case 'started':
        if (!this.#hasPort(message.url)) break;
        this.#hasStarted = true;
        place.isRunning = true;
        this.#tellView();
        this.#resolveStarted({ url: message.url, ownKey: message.ownKey });
        break;
      case 'failed':
        if (!this.#hasStarted || message.hadStarted) this.#fail(message.message);
        else log.warn(`worker ${place.number} cannot start: ${message.message}`);
        break;
      case 'measured':
        this.#metrics.measured(place.number, message.request, message.values);
        break;
      case 'ask':
        this.#metricsOfAll()
          .then((text) => worker.tell({ kind: 'metrics', request: message.request, text }))
          .catch((error: unknown) => log.error('the metrics of the workers cannot be added up', errorFields(error)));
        break;
    }
  }

  /**
   * The port for a worker. Where the system chooses it, Node.js shares it only among workers that ask for any port, and
   * gives it back when the last of them has ended: those that follow then ask for that one, so that the address stays.
   */
  #portFor(place: Place): number {
    const { port: configured } = this.#options.loaded.config;
    if (configured !== 0) return configured;
    const others = this.#places.filter((other) => other !== place && other.worker?.isAlive);
    const shared = others.find(({ port }) => port !== undefined)?.port;
    return shared ?? this.#port ?? 0;
  }

  /**
   * Whether a worker has the port of the service. It has another if it asked for any, and those who shared the port ended
   * before it listened: then all who asked for any are started again.
   */
  #hasPort(url: string): boolean {
    if (this.#options.loaded.config.port !== 0) return true;
    const port = Number(new URL(url).port);
    this.#port ??= port;
    if (port === this.#port) return true;
    this.#options.log.warn(`the port ${this.#port} was given back; workers on the port ${port} are started again`);
    for (const place of this.#places) if (place.port === 0) place.worker?.kill();
    return false;
  }

  #metricsOfAll(): Promise<string> {
    const running = this.#places.flatMap(({ worker, isRunning }) => (isRunning && worker ? [worker] : []));
    return this.#metrics.text(running.map((worker) => (request) => worker.tell({ kind: 'measure', request })));
  }

  get #running(): number {
    return this.#places.filter(({ isRunning }) => isRunning).length;
  }

  #tellView(): void {
    this.#tellAll({ kind: 'view', configured: this.#places.length, running: this.#running });
  }

  #tellAll(message: ToWorker): void {
    for (const { worker } of this.#places) worker?.tell(message);
  }
}

const onPort = ({ config, ...rest }: LoadedConfig, port: number): LoadedConfig => ({
  ...rest,
  config: { ...config, port },
});
