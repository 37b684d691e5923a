import { Badge, Button, Card, Group, Loader, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { JobWithItems } from '../../base/schemas/generated.ts';
import { PlanButton } from '../commands/planButton.tsx';
import { DataTable } from '../dataTable.tsx';
import { EmptyState } from '../emptyState.tsx';
import { Instant } from '../instant.tsx';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';

const COLORS = { running: 'blue', paused: 'orange', done: 'green', failed: 'red', cancelled: 'gray' } as const;
const POLL_MS = 1_000;

/** Running and past jobs, and one of them in full. */
export function JobsView() {
  const { client } = useSession();
  const { job } = useSearch({ from: '/jobs' });
  const navigate = useNavigate();
  const jobs = useQuery({
    queryKey: ['jobs'],
    queryFn: async ({ signal }) => (await client.administer.listJobs({}, { signal })).result.jobs,
    refetchInterval: 5_000,
  });
  return (
    <Stack>
      <Title order={1}>Jobs</Title>
      {job === undefined ? null : <JobCard key={job} id={job} />}
      {jobs.isPending ? <Loader aria-label="Loading the jobs" /> : null}
      {jobs.error === null ? null : <Problem error={jobs.error} />}
      {jobs.data?.length === 0 ? (
        <EmptyState title="No jobs yet">Off-boarding, changes of owner and verifications run as jobs.</EmptyState>
      ) : null}
      {jobs.data === undefined || jobs.data.length === 0 ? null : (
        <DataTable label="List of jobs" columns={['State', 'Kind', 'By', 'Done', 'Started', 'Details']}>
          {jobs.data.map((row) => (
            <Table.Tr key={row.job}>
              <Table.Td>
                <State state={row.state} />
              </Table.Td>
              <Table.Td>{row.kind}</Table.Td>
              <Table.Td>{row.by}</Table.Td>
              <Table.Td>{`${doneOf(row).toLocaleString()} of ${row.total.toLocaleString()}`}</Table.Td>
              <Table.Td>
                <Instant at={row.started} />
              </Table.Td>
              <Table.Td>
                <Button
                  size="xs"
                  variant="default"
                  aria-label={`Show the job ${row.kind} of ${row.started}`}
                  onClick={() => void navigate({ to: '/jobs', search: { job: row.job } })}
                >
                  Show
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </DataTable>
      )}
    </Stack>
  );
}

const State = ({ state }: { readonly state: JobWithItems['state'] }) => (
  <Badge variant="outline" color={COLORS[state]} tt="none">
    {state}
  </Badge>
);

const doneOf = ({ moved, failed, skipped }: Pick<JobWithItems, 'moved' | 'failed' | 'skipped'>) =>
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
  if (job === undefined)
    return query.failureReason === null ? (
      <Loader aria-label="Loading the job" />
    ) : (
      <Problem error={query.failureReason} />
    );
  const command = (name: string) => ({ name, params: { id } });
  const percent = job.total === 0 ? (job.state === 'done' ? 100 : 0) : (100 * doneOf(job)) / job.total;
  return (
    <Card withBorder component="section" aria-label="Job">
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Text fw={600}>{job.kind}</Text>
            <State state={job.state} />
          </Group>
          <Group gap="xs">
            {job.state === 'running' ? (
              <PlanButton label="Pause" title="Pause the job" command={command('pauseJob')} />
            ) : null}
            {job.state === 'paused' || job.state === 'failed' ? (
              <PlanButton label="Resume" title="Resume the job" command={command('resumeJob')} />
            ) : null}
            {job.state === 'running' || job.state === 'paused' ? (
              <PlanButton label="Cancel" title="Cancel the job" command={command('cancelJob')} />
            ) : null}
            {job.state === 'done' && job.revertedBy === undefined && job.moved > 0 ? (
              <PlanButton label="Revert" title="Revert the job" command={command('revertJob')} />
            ) : null}
          </Group>
        </Group>
        {query.failureReason === null ? null : (
          <Text size="sm">The service does not answer; this is what it last said.</Text>
        )}
        <Progress value={percent} aria-label="Progress of the job" size="lg" />
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Figure label="Moved" value={job.moved} />
          <Figure label="Failed" value={job.failed} />
          <Figure label="Skipped" value={job.skipped} />
          <Figure label="In all" value={job.total} />
        </SimpleGrid>
        <Text size="sm">
          {job.from === undefined ? null : `From ${job.from} to ${job.to ?? 'nobody'}. `}Started by {job.by} at{' '}
          <Instant at={job.started} />.
        </Text>
        {job.error === undefined ? null : <Problem error={job.error.message} title="Why it failed" />}
      </Stack>
    </Card>
  );
}

const Figure = ({ label, value }: { readonly label: string; readonly value: number }) => (
  <div>
    <Text size="xs" c="var(--quiet-text)">
      {label}
    </Text>
    <Text fw={650} size="xl">
      {value.toLocaleString()}
    </Text>
  </div>
);
