import { Badge, Group, Loader, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Figure } from '../../figure.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

const POLL_MS = 5_000;
const MEGABYTE = 1024 * 1024;

/** Whether the service and its database are well, and their versions. */
export function Health() {
  const { client } = useSession();
  const { data, error, failureReason } = useQuery({
    queryKey: ['status'],
    queryFn: async ({ signal }) => (await client.methods.status(null, { signal })).result,
    refetchInterval: POLL_MS,
    // While the service restarts, it is only not seen.
    retry: true,
    retryDelay: POLL_MS,
  });
  const problem = error ?? failureReason;
  return (
    <Section title="Health">
      {problem === null ? null : <Problem error={problem} />}
      {data === undefined ? (
        <Loader size="sm" aria-label="Loading the health of the service" />
      ) : (
        <>
          <Group gap="lg">
            <State name="Steward" state={data.state} message={data.message} />
            {data.dependencies.map(({ name, state, message }) => (
              <State key={name} name={name} state={state} message={message} />
            ))}
          </Group>
          <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }}>
            <Figure label="Version" value={data.steward} />
            {data.dependencies.map(({ name, version }) => (
              <Figure key={name} label={name} value={version} />
            ))}
            <Figure label="KBase interface" value={data.version} />
            <Figure label="Memory free, in MB" value={Math.round(data.freemem / MEGABYTE)} />
          </SimpleGrid>
        </>
      )}
    </Section>
  );
}

function State({ name, state, message }: { readonly name: string; readonly state: string; readonly message: string }) {
  const isWell = state === 'OK';
  return (
    <Group gap="xs">
      <Text fw={600}>{name}</Text>
      <Badge variant="outline" color={isWell ? 'green' : 'red'} tt="none">
        {isWell ? 'well' : message}
      </Badge>
    </Group>
  );
}
