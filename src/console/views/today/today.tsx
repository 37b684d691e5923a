import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useSession } from '../../session.tsx';
import { BreakGlass } from './breakGlass.tsx';
import { Expiring } from './expiring.tsx';
import { Approvals, ModuleRequests } from './requests.tsx';
import { FailedJobs, UnsealedAudit } from './troubles.tsx';

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
        {may('listAdmins') ? <BreakGlass /> : null}
        {may('verifyAudit') || may('getAudit') ? <UnsealedAudit /> : null}
      </SimpleGrid>
    </Stack>
  );
}
