import { useQuery } from '@tanstack/react-query';
import { serviceUrl } from './session.tsx';

/** The figures of the service, as it gives them to Prometheus: each name with its values, one for each set of labels. */
export type Metrics = ReadonlyMap<string, readonly number[]>;

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)$/;

/** Reads the text format of Prometheus; what is no sample is left out. */
function metricsIn(text: string): Metrics {
  const found = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || Number.isNaN(Number(value))) continue;
    found.set(name, [...(found.get(name) ?? []), Number(value)]);
  }
  return found;
}

/** The sum over all labels; undefined if the service has no such figure. */
export function sumOf(metrics: Metrics | undefined, name: string): number | undefined {
  return metrics?.get(name)?.reduce((sum, value) => sum + value, 0);
}

/** The figures of the service, read again after `intervalMs`. */
export function useMetrics(intervalMs: number) {
  return useQuery({
    queryKey: ['metrics'],
    queryFn: async ({ signal }) => {
      const response = await fetch(new URL('metrics', serviceUrl()), { signal });
      if (!response.ok)
        throw new Error(`The figures of the service cannot be read from here (HTTP ${response.status})`);
      return { at: Date.now(), metrics: metricsIn(await response.text()) };
    },
    refetchInterval: intervalMs,
  });
}
