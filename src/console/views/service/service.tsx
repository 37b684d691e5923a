import { Stack, Title } from '@mantine/core';
import { useSession } from '../../session.tsx';
import { ExplainCall } from './explainCall.tsx';
import { Figures } from './figures.tsx';
import { Health } from './health.tsx';
import { Policy } from './policy.tsx';
import { Settings } from './settings.tsx';

/** How the service is, and by which rules it decides. */
export function ServiceView() {
  const { may } = useSession();
  return (
    <Stack maw={1100}>
      <Title order={1}>Service</Title>
      <Health />
      <Figures />
      {may('getConfig') ? <Settings /> : null}
      <Policy />
      {may('explain') ? <ExplainCall /> : null}
    </Stack>
  );
}
