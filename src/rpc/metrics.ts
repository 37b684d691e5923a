import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the door counts. Every label comes from a bounded set. */
export interface Metrics {
  /** A call begins; call the result when it has ended. */
  begin(): () => void;
  request(method: string, outcome: string, seconds: number): void;
  command(command: string, outcome: string): void;
  refused(reason: string): void;
  /** Shows what `read` says, each time that the metrics are read. */
  gauge(name: string, help: string, read: () => number): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'steward_requests_total',
    help: 'Calls by method and outcome (ok, or the reason of the refusal).',
    labelNames: ['method', 'outcome'],
    registers,
  });
  const commands = new Counter({
    name: 'steward_commands_total',
    help: 'Calls of administer by command and outcome.',
    labelNames: ['command', 'outcome'],
    registers,
  });
  const refused = new Counter({
    name: 'steward_refused_total',
    help: 'Everything that was refused, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const seconds = new Histogram({
    name: 'steward_request_seconds',
    help: 'How long calls took, in seconds.',
    labelNames: ['method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const inFlight = new Gauge({
    name: 'steward_in_flight',
    help: 'Calls being worked on, or waiting for others to end.',
    registers,
  });
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
    gauge: (name, help, read) => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
