import { Card, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { PlanButton } from '../../commands/planButton.tsx';
import { Instant } from '../../instant.tsx';
import { sumOf, useMetrics } from '../../metrics.ts';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';
import { Waiting, WaitingRow } from './waiting.tsx';

const POLL_MS = 10_000;
/** The sealer is some seconds behind at any time; from here on somebody should look. */
const LATE_SECONDS = 60;

/** Jobs that could not go on. */
export function FailedJobs() {
  const { client } = useSession();
  return (
    <Waiting
      title="Failed jobs"
      none="No job has failed."
      load={async (signal) => (await client.administer.listJobs({ state: 'failed' }, { signal })).result.jobs}
    >
      {({ job, kind, by, started, error }) => (
        <WaitingRow key={job}>
          <Text size="sm">
            {kind} by {by}, <Instant at={started} />
            {error === undefined ? '' : `: ${error.message}`}
          </Text>
          <Group gap="xs">
            <Link to="/jobs" search={{ job }}>
              Show {kind}
            </Link>
            <PlanButton label="Resume" title={`Resume ${kind}`} command={{ name: 'resumeJob', params: { id: job } }} />
          </Group>
        </WaitingRow>
      )}
    </Waiting>
  );
}

/** Audit records that are not in the sealed log yet. */
export function UnsealedAudit() {
  const { data, error } = useMetrics(POLL_MS);
  const records = sumOf(data?.metrics, 'steward_audit_unsealed_records') ?? 0;
  const seconds = Math.round(sumOf(data?.metrics, 'steward_audit_unsealed_seconds') ?? 0);
  return (
    <Card withBorder component="section" aria-label="Unsealed audit">
      <Title order={2} size="h4" mb="sm">
        Unsealed audit
      </Title>
      {error === null ? null : <Problem error={error} title="Not known" />}
      <WaitingRow>
        <Text size="sm" c={seconds > LATE_SECONDS ? undefined : 'var(--quiet-text)'}>
          {records === 0
            ? 'All records are sealed.'
            : `${records.toLocaleString()} not sealed yet, the oldest for ${seconds} s.`}
          {seconds > LATE_SECONDS ? ' The log of the service says why.' : ''}
        </Text>
        <PlanButton label="Verify" title="Verify the sealed log" command={{ name: 'verifyAudit' }} />
      </WaitingRow>
    </Card>
  );
}
