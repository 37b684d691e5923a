import { Sparkline } from '@mantine/charts';
import { Loader, SimpleGrid, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Figure } from '../../figure.tsx';
import { type Metrics, sumOf, useMetrics } from '../../metrics.ts';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';

const POLL_MS = 2_000;
const KEPT_SAMPLES = 60;

interface Sample {
  readonly at: number;
  readonly calls: number;
}

const FIGURES = [
  ['steward_in_flight', 'Calls being worked on'],
  ['steward_calls_waiting', 'Calls waiting'],
  ['steward_writes_waiting', 'Writes waiting'],
  ['steward_jobs_running', 'Running jobs'],
  ['steward_audit_sealed_records', 'Records sealed'],
  ['steward_audit_unsealed_records', 'Records not sealed yet'],
  ['steward_audit_unsealed_seconds', 'Oldest of them, in seconds'],
  ['steward_audit_sealing_errors_total', 'Failures of sealing'],
  ['steward_mails_due', 'E-mails due'],
  ['steward_mails_due_seconds', 'Longest due, in seconds'],
] as const;

/** Throughput, and how far the work in the background lags behind. */
export function Figures() {
  const { data, error } = useMetrics(POLL_MS);
  const samples = useSamples(data);
  const rates = ratesOf(samples);
  return (
    <Section title="Throughput and lag">
      {error === null ? null : <Problem error={error} title="No figures" />}
      {data === undefined && error === null ? <Loader size="sm" aria-label="Loading the figures" /> : null}
      {data === undefined ? null : (
        <>
          <SimpleGrid cols={{ base: 2, sm: 3, md: 4 }}>
            <Figure label="Calls a second" value={rates.at(-1)?.toFixed(1) ?? '…'} />
            <Figure label="Mean time of a call" value={meanTime(data.metrics)} />
            <Figure label="Calls since the start" value={sumOf(data.metrics, 'steward_requests_total') ?? 0} />
            <Figure label="Refused since the start" value={sumOf(data.metrics, 'steward_refused_total') ?? 0} />
            {FIGURES.map(([name, label]) => {
              const value = sumOf(data.metrics, name);
              return value === undefined ? null : <Figure key={name} label={label} value={Math.round(value)} />;
            })}
          </SimpleGrid>
          {sumOf(data.metrics, 'steward_policy_trouble') === 1 ? (
            <Text c="red" fw={600}>
              The policy file cannot be used, or another instance has another one.
            </Text>
          ) : null}
          {rates.length > 1 ? (
            <div role="img" aria-label={`Calls a second, lately ${rates.at(-1)?.toFixed(1)}`}>
              <Sparkline h={60} data={rates} color="indigo.6" fillOpacity={0.3} />
            </div>
          ) : null}
          <Text size="xs" c="var(--quiet-text)">
            Of the instance that answers this page, read every two seconds.
          </Text>
        </>
      )}
    </Section>
  );
}

/** The last samples while this view is open. */
function useSamples(data: { readonly at: number; readonly metrics: Metrics } | undefined): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (data === undefined) return;
    const sample = { at: data.at, calls: sumOf(data.metrics, 'steward_requests_total') ?? 0 };
    // After a restart of the service, its counters begin anew.
    setSamples((kept) =>
      sample.calls < (kept.at(-1)?.calls ?? 0) ? [sample] : [...kept, sample].slice(-KEPT_SAMPLES),
    );
  }, [data]);
  return samples;
}

const ratesOf = (samples: readonly Sample[]): number[] =>
  samples.slice(1).flatMap((sample, n) => {
    const before = samples[n] as Sample;
    const seconds = (sample.at - before.at) / 1000;
    return seconds <= 0 ? [] : [(sample.calls - before.calls) / seconds];
  });

function meanTime(metrics: Metrics): string {
  const [sum, count] = [sumOf(metrics, 'steward_request_seconds_sum'), sumOf(metrics, 'steward_request_seconds_count')];
  return sum === undefined || count === undefined || count === 0 ? '…' : `${((1000 * sum) / count).toFixed(1)} ms`;
}
