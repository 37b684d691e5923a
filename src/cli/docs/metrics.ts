import { METRICS } from '../../server/rpc/metrics.ts';
import { code, generatedPage, table } from './markdown.ts';

const INTRODUCTION = `\`GET /metrics\` answers in the text format of Prometheus. Besides the metrics below, it has those of the process, which
begin with \`process_\` and \`nodejs_\`. [Operating](../operating.md#health-metrics-and-logs) says which to watch. Each
instance counts for itself, from its start. With \`server-workers\`, the answer is of all workers of the instance together.`;

export function metricsPage(): string {
  const rows = Object.values(METRICS).map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels.length === 0 ? '–' : labels.map(code).join(', '),
    help,
  ]);
  return generatedPage('Metrics', [INTRODUCTION, table(['name', 'type', 'labels', 'meaning'], rows)]);
}
