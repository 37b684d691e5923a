import { Badge, Card, Group, Loader, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { JobWithItems } from '../../../base/schemas/generated.ts';
import { PlanButton } from '../../commands/planButton.tsx';
import { Result } from '../../commands/result.tsx';
import { Figure } from '../../figure.tsx';
import { Instant } from '../../instant.tsx';
import { AccountLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';
import { Failures } from './failures.tsx';

const COLORS = { running: 'blue', paused: 'orange', done: 'green', failed: 'red', cancelled: 'gray' } as const;
const POLL_MS = 1_000;
/** The rate is that of the last so many looks. */
const SAMPLES = 20;

/** The state of a job. */
export const JobState = ({ state }: { readonly state: JobWithItems['state'] }) => (
  <Badge variant="outline" color={COLORS[state]} tt="none">
    {state}
  </Badge>
);

/** How many items of a job are done with. */
export const doneOf = ({ moved, failed, skipped }: Pick<JobWithItems, 'moved' | 'failed' | 'skipped'>) =>
  moved + failed + skipped;

/** A job as it goes on, with what can be done about it. */
export function JobCard({ id }: { readonly id: string }) {
  const { client } = useSession();
  const query = useQuery({
    queryKey: ['job', id],
    queryFn: async ({ signal }) => (await client.administer.getJob({ id }, { signal })).result,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === 'running' ? POLL_MS : false),
    // While the service restarts, the job is only not seen.
    retry: true,
    retryDelay: POLL_MS,
  });
  const job = query.data;
  const rate = useRate(job, query.dataUpdatedAt);
  if (job === undefined)
    return query.failureReason === null ? (
      <Loader aria-label="Loading the job" />
    ) : (
      <Problem error={query.failureReason} />
    );
  const percent = job.total === 0 ? (job.state === 'done' ? 100 : 0) : (100 * doneOf(job)) / job.total;
  return (
    <Card withBorder component="section" aria-label="Job">
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Text fw={600}>{job.kind}</Text>
            <JobState state={job.state} />
          </Group>
          <Actions job={job} />
        </Group>
        {query.failureReason === null ? null : (
          <Text size="sm">The service does not answer; this is what it last said.</Text>
        )}
        <Progress value={percent} aria-label="Progress of the job" size="lg" />
        <SimpleGrid cols={{ base: 2, sm: 3, md: 6 }}>
          <Figure label="Moved" value={job.moved} />
          <Figure label="Failed" value={job.failed} />
          <Figure label="Skipped" value={job.skipped} />
          <Figure label="In all" value={job.total} />
          <Figure label="A second" value={rate === undefined ? '–' : Math.round(rate)} />
          {job.finished === undefined ? (
            <Figure label="Time left" value={timeLeft(job, rate)} />
          ) : (
            <Figure label="Took" value={inWords((Date.parse(job.finished) - Date.parse(job.started)) / 1000)} />
          )}
        </SimpleGrid>
        <Origin job={job} />
        {job.error === undefined ? null : <Problem error={job.error.message} title="Why it failed" />}
        {job.failed + job.skipped > 0 ? <Failures job={job} /> : null}
        {job.verification === undefined ? null : <Result value={job.verification} />}
      </Stack>
    </Card>
  );
}

function Origin({ job: { from, to, by, reason, started, finished } }: { readonly job: JobWithItems }) {
  return (
    <Text size="sm">
      {from === undefined ? null : (
        <>
          From <AccountLink name={from} /> to {to === undefined ? 'nobody' : <AccountLink name={to} />}.{' '}
        </>
      )}
      Started by <AccountLink name={by} /> at <Instant at={started} />
      {finished === undefined ? null : (
        <>
          , finished at <Instant at={finished} />
        </>
      )}
      .{reason === undefined ? '' : ` Reason: ${reason}`}
    </Text>
  );
}

function Actions({ job }: { readonly job: JobWithItems }) {
  const command = (name: string) => ({ name, params: { id: job.job } });
  const { state, revertedBy, moved } = job;
  const isOver = state === 'done' || state === 'cancelled' || state === 'failed';
  return (
    <Group gap="xs">
      {state === 'running' ? <PlanButton label="Pause" title="Pause the job" command={command('pauseJob')} /> : null}
      {state === 'paused' || state === 'failed' ? (
        <PlanButton label="Resume" title="Resume the job" command={command('resumeJob')} />
      ) : null}
      {state === 'running' || state === 'paused' ? (
        <PlanButton label="Cancel" title="Cancel the job" command={command('cancelJob')} />
      ) : null}
      {isOver && revertedBy === undefined && moved > 0 ? (
        <PlanButton label="Revert" title="Revert the job" command={command('revertJob')} />
      ) : null}
    </Group>
  );
}

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** Items a second, over the last looks at a running job. */
function useRate(job: JobWithItems | undefined, at: number): number | undefined {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const done = job === undefined ? undefined : doneOf(job);
  useEffect(() => {
    if (done !== undefined) setSamples((kept) => [...kept, { at, done }].slice(-SAMPLES));
  }, [at, done]);
  const [first, last] = [samples[0], samples.at(-1)];
  if (job === undefined) return undefined;
  if (job.finished !== undefined) {
    const seconds = (Date.parse(job.finished) - Date.parse(job.started)) / 1000;
    return seconds > 0 ? doneOf(job) / seconds : undefined;
  }
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return (1000 * (last.done - first.done)) / (last.at - first.at);
}

function timeLeft(job: JobWithItems, rate: number | undefined): string {
  if (job.state !== 'running' || rate === undefined || rate <= 0) return '–';
  return inWords((job.total - doneOf(job)) / rate);
}

function inWords(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60).toLocaleString()} min`;
}
