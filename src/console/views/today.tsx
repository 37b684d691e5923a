import { Card, Group, Loader, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { DecideButton } from '../commands/decideButton.tsx';
import { PlanButton } from '../commands/planButton.tsx';
import { Instant } from '../instant.tsx';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';

/** What waits for the caller, each with its action. */
export function TodayView() {
  const { privileges, may } = useSession();
  return (
    <Stack>
      <Title order={1}>Today</Title>
      <Text>Good to see you, {privileges.user}. This waits for somebody to decide.</Text>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {may('listModRequests') ? <ModuleRequests /> : null}
        {may('listApprovals') ? <Approvals /> : null}
        {may('listJobs') ? <FailedJobs /> : null}
        {may('listExpiring') ? <Expiring /> : null}
      </SimpleGrid>
    </Stack>
  );
}

interface WaitingProps<T> {
  readonly title: string;
  readonly none: string;
  readonly load: (signal: AbortSignal) => Promise<readonly T[]>;
  readonly children: (item: T) => ReactNode;
}

function Waiting<T>({ title, none, load, children }: WaitingProps<T>) {
  const { data, error, isPending } = useQuery({
    queryKey: ['today', title],
    queryFn: ({ signal }) => load(signal),
    refetchInterval: 30_000,
    // What waits here may have been decided, or asked for, while another view was shown.
    refetchOnMount: 'always',
  });
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
        {data === undefined || data.length === 0 ? '' : ` (${data.length})`}
      </Title>
      {isPending ? <Loader size="sm" aria-label={`Loading: ${title}`} /> : null}
      {error === null ? null : <Problem error={error} />}
      {data?.length === 0 ? (
        <Text size="sm" c="var(--quiet-text)">
          {none}
        </Text>
      ) : null}
      <Stack gap="sm">{data?.map(children)}</Stack>
    </Card>
  );
}

function ModuleRequests() {
  const { client } = useSession();
  return (
    <Waiting
      title="Requests for modules"
      none="Nobody waits for a module."
      load={async (signal) => (await client.administer.listModRequests({}, { signal })).result}
    >
      {({ moduleName, ownerUserId }) => (
        <Group key={moduleName} justify="space-between">
          <Text size="sm">
            <b>{moduleName}</b>, requested by {ownerUserId}
          </Text>
          <Group gap="xs">
            <PlanButton
              label="Approve"
              title={`Make the module ${moduleName}`}
              command={{ name: 'approveModRequest', module: moduleName }}
            />
            <PlanButton
              label="Deny"
              title={`Deny the module ${moduleName}`}
              command={{ name: 'denyModRequest', module: moduleName }}
            />
          </Group>
        </Group>
      )}
    </Waiting>
  );
}

function Approvals() {
  const { client } = useSession();
  return (
    <Waiting
      title="Requests for approval"
      none="No request waits for an approval."
      load={async (signal) => (await client.administer.listApprovals({ state: 'open' }, { signal })).result.requests}
    >
      {({ request, command, by, reason, user, mayDecide }) => (
        <Group key={request} justify="space-between">
          <Text size="sm">
            <b>{command}</b>
            {user === undefined ? '' : ` for ${user}`}, requested by {by}
            {reason === undefined ? '' : `: ${reason}`}
          </Text>
          {mayDecide ? (
            <Group gap="xs">
              <DecideButton label="Approve" title={`${command} of ${by}`} decision="approve" request={request} />
              <DecideButton label="Deny" title={`${command} of ${by}`} decision="denyApproval" request={request} />
            </Group>
          ) : null}
        </Group>
      )}
    </Waiting>
  );
}

function FailedJobs() {
  const { client } = useSession();
  return (
    <Waiting
      title="Failed jobs"
      none="No job has failed."
      load={async (signal) => (await client.administer.listJobs({ state: 'failed' }, { signal })).result.jobs}
    >
      {({ job, kind, by, started }) => (
        <Group key={job} justify="space-between">
          <Text size="sm">
            {kind} by {by}, <Instant at={started} />
          </Text>
          <Link to="/jobs" search={{ job }}>
            Show {kind}
          </Link>
        </Group>
      )}
    </Waiting>
  );
}

function Expiring() {
  const { client } = useSession();
  return (
    <Waiting
      title="Rights that end within a week"
      none="No right ends within a week."
      load={async (signal) => (await client.administer.listExpiring({ within: 7 }, { signal })).result.expiring}
    >
      {({ expires, right, account, id, resource, role }) => (
        <Text key={`${right} ${id} ${resource?.id ?? role ?? ''}`} size="sm">
          <b>{account}</b>: {right} {resource?.name ?? role ?? ''}, until <Instant at={expires} />
        </Text>
      )}
    </Waiting>
  );
}
