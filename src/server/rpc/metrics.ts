import { type Aggregator, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The service's own metrics. Every label takes its values from a bounded set. Of several workers the values are added up,
 * but for those with `of: 'all'`, which each worker reads for all instances.
 */
export const METRICS = {
  requests: {
    name: 'steward_requests_total',
    type: 'counter',
    labels: ['method', 'outcome'],
    help: 'Calls by method and outcome (ok, or the reason of the refusal).',
  },
  commands: {
    name: 'steward_commands_total',
    type: 'counter',
    labels: ['command', 'outcome'],
    help: 'Calls of administer by command and outcome.',
  },
  refused: {
    name: 'steward_refused_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Everything that was refused, by reason.',
  },
  seconds: {
    name: 'steward_request_seconds',
    type: 'histogram',
    labels: ['method'],
    help: 'How long calls took, in seconds.',
  },
  inFlight: gauge('steward_in_flight', 'Calls being worked on, or waiting for others to end.'),
  bodyBytes: gauge('steward_body_bytes', 'Bytes of request bodies that are held in memory.'),
  answerBytes: gauge('steward_answer_bytes', 'Bytes of answers in memory that clients have not read yet.'),
  spoolBytes: gauge('steward_spool_bytes', 'Bytes of temporary files.'),
  callsWaiting: gauge('steward_calls_waiting', 'Calls that wait for others to end.'),
  bodiesWaiting: gauge('steward_bodies_waiting', 'Large bodies that wait to be parsed.'),
  writesWaiting: gauge('steward_writes_waiting', 'Writes that wait for others of the same document or kind.'),
  conflicts: counter('steward_transaction_conflicts_total', 'How often a transaction was repeated after a conflict.'),
  mongodRestarts: counter(
    'steward_mongod_restarts_total',
    'How often the embedded mongod was started again because it had ended.',
  ),
  workers: gauge('steward_workers', 'Worker processes that answer calls, if server-workers is above 1.'),
  workerRestarts: counter(
    'steward_worker_restarts_total',
    'How often a worker process was started again because it had ended, if server-workers is above 1.',
  ),
  workerHangs: counter(
    'steward_worker_hangs_total',
    'How often a worker process was ended because it had not responded for worker-timeout-seconds.',
  ),
  activeJobs: gauge('steward_jobs_active', 'Jobs that this instance works on.'),
  runningJobs: gaugeOfAll(
    'steward_jobs_running',
    'Jobs that are to be worked on, of all instances together; at most 10,000 are counted.',
  ),
  mailsDue: gaugeOfAll('steward_mails_due', 'E-mails that should have been sent by now; at most 10,000 are counted.'),
  mailsDueSeconds: gaugeOfAll(
    'steward_mails_due_seconds',
    'For how many seconds the longest waiting of them is due; 0 if there is none.',
  ),
  policyTrouble: gaugeOfAll(
    'steward_policy_trouble',
    '1 if the policy file cannot be used, or another instance loaded another one; else 0.',
  ),
  sealedRecords: gaugeOfAll('steward_audit_sealed_records', 'Audit records in the sealed log.'),
  unsealedRecords: gaugeOfAll(
    'steward_audit_unsealed_records',
    'Audit records that are not sealed yet; at most 10,000 are counted.',
  ),
  unsealedSeconds: gaugeOfAll(
    'steward_audit_unsealed_seconds',
    'The age in seconds of the oldest of them; 0 if there is none.',
  ),
  cosignedRecords: {
    name: 'steward_audit_cosigned_records',
    type: 'gauge',
    labels: ['witness'],
    of: 'all',
    help: 'Audit records in the newest checkpoint that each witness has cosigned, by its URL.',
  },
  sealingErrors: counter('steward_audit_sealing_errors_total', 'How often sealing failed.'),
} as const;

function gauge(name: string, help: string) {
  return { name, type: 'gauge', labels: [], help } as const;
}

function gaugeOfAll(name: string, help: string) {
  return { ...gauge(name, help), of: 'all' } as const;
}

function counter(name: string, help: string) {
  return { name, type: 'counter', labels: [], help } as const;
}

/** Metrics that are evaluated whenever they are read. */
type ReadMetric = Exclude<
  keyof typeof METRICS,
  'requests' | 'commands' | 'refused' | 'seconds' | 'inFlight' | 'cosignedRecords'
>;

/** The values of a process's metrics, as one process can send them to another. */
export type MetricValues = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export interface Metrics {
  /** Counts a call as in flight; call the result when it has ended. */
  begin(): () => void;
  request(method: string, outcome: string, seconds: number): void;
  command(command: string, outcome: string): void;
  refused(reason: string): void;
  /** Calls `read` whenever the metrics are read; what a counter reads must never fall. */
  measure(metric: ReadMetric, read: () => number | Promise<number>): void;
  /** The same for {@link METRICS.cosignedRecords}: one value for each witness. */
  cosigned(read: () => Promise<readonly { readonly witness: string; readonly size: number }[]>): void;
  text(): Promise<string>;
  values(): Promise<MetricValues>;
  readonly contentType: string;
}

/** @param ofProcess whether the metrics of the process belong to them, such as its memory; true by default */
export function createMetrics({ ofProcess = true }: { readonly ofProcess?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const configured = <M extends keyof typeof METRICS>(metric: M) => {
    const { name, help, labels, ...declared } = METRICS[metric];
    const aggregator: Aggregator = 'of' in declared ? 'max' : 'sum';
    return { name, help, labelNames: [...labels], registers: [registry], aggregator };
  };
  const requests = new Counter(configured('requests'));
  const commands = new Counter(configured('commands'));
  const refused = new Counter(configured('refused'));
  const seconds = new Histogram({
    ...configured('seconds'),
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });
  const inFlight = new Gauge(configured('inFlight'));
  return {
    begin: () => {
      inFlight.inc();
      return () => inFlight.dec();
    },
    request: (method, outcome, took) => {
      requests.inc({ method, outcome });
      seconds.observe({ method }, took);
    },
    command: (command, outcome) => commands.inc({ command, outcome }),
    refused: (reason) => refused.inc({ reason }),
    measure: (metric, read) => {
      if (METRICS[metric].type === 'gauge') {
        new Gauge({
          ...configured(metric),
          async collect() {
            this.set(await read());
          },
        });
        return;
      }
      new Counter({
        ...configured(metric),
        async collect() {
          const value = await read();
          this.reset();
          this.inc(value);
        },
      });
    },
    cosigned: (read) => {
      new Gauge({
        ...configured('cosignedRecords'),
        async collect() {
          for (const { witness, size } of await read()) this.set({ witness }, size);
        },
      });
    },
    text: () => registry.metrics(),
    values: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}
