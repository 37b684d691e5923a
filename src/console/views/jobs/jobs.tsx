import { Button, Group, Loader, SegmentedControl, Stack, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobStateName } from '../../../base/schemas/generated.ts';
import { DataTable } from '../../dataTable.tsx';
import { EmptyState } from '../../emptyState.tsx';
import { Instant } from '../../instant.tsx';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';
import { doneOf, JobCard, JobState } from './jobCard.tsx';

const BUSY_MS = 5_000;
const QUIET_MS = 60_000;
const STATES = ['all', 'running', 'paused', 'failed', 'done', 'cancelled'] as const;

/** Running and past jobs, and one of them in full. */
export function JobsView() {
  const { client } = useSession();
  const { job } = useSearch({ from: '/jobs' });
  const navigate = useNavigate();
  const [state, setState] = useState<(typeof STATES)[number]>('all');
  const found = useInfiniteQuery({
    queryKey: ['jobs', state],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const page = { ...(state === 'all' ? {} : { state: state as JobStateName }), ...(cursor ? { cursor } : {}) };
      return (await client.administer.listJobs(page, { signal })).result;
    },
    getNextPageParam: ({ next }) => next,
    // Each look leaves an audit record: while nothing runs, few are enough.
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.jobs.some((row) => row.state === 'running')) ? BUSY_MS : QUIET_MS,
    refetchOnMount: 'always',
  });
  const jobs = found.data?.pages.flatMap((page) => page.jobs);
  return (
    <Stack maw={1100}>
      <Title order={1}>Jobs</Title>
      {job === undefined ? null : <JobCard key={job} id={job} />}
      <Group>
        <SegmentedControl
          aria-label="State"
          size="xs"
          data={[...STATES]}
          value={state}
          onChange={(value) => setState(value as typeof state)}
        />
      </Group>
      {found.isPending ? <Loader aria-label="Loading the jobs" /> : null}
      {found.error === null ? null : <Problem error={found.error} />}
      {jobs?.length === 0 ? (
        <EmptyState title="No jobs">Off-boarding, changes of owner and verifications run as jobs.</EmptyState>
      ) : null}
      {jobs === undefined || jobs.length === 0 ? null : (
        <DataTable
          label="List of jobs"
          columns={[
            { title: 'State', cell: (row) => <JobState state={row.state} /> },
            { title: 'Kind', cell: ({ kind }) => kind },
            { title: 'By', cell: ({ by }) => by },
            { title: 'Done', cell: (row) => `${doneOf(row).toLocaleString()} of ${row.total.toLocaleString()}` },
            { title: 'Failed', cell: ({ failed }) => failed.toLocaleString() },
            { title: 'Started', cell: ({ started }) => <Instant at={started} /> },
            {
              title: 'Details',
              cell: (row) => (
                <Button
                  size="xs"
                  variant="default"
                  aria-label={`Show the job ${row.kind} of ${row.started}`}
                  onClick={() => void navigate({ to: '/jobs', search: { job: row.job } })}
                >
                  Show
                </Button>
              ),
            },
          ]}
          rows={jobs}
          keyOf={(row) => row.job}
          onEnd={() => {
            if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
          }}
        />
      )}
    </Stack>
  );
}
