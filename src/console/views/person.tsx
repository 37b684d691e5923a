import { Badge, Button, Card, Group, Loader, Paper, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { JobView } from '../../base/schemas/generated.ts';
import { PlannedCommand } from '../commands/plannedCommand.tsx';
import { EmptyState } from '../emptyState.tsx';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';
import { AuditTable } from './auditTable.tsx';
import { JobCard } from './jobs.tsx';

/** What a user owns and was given, what they did, and how they are off-boarded. */
export function PersonView() {
  const { name } = useSearch({ from: '/person' });
  const navigate = useNavigate();
  const [typed, setTyped] = useState(name ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/person', search: { name: typed.trim() || undefined } });
  };
  return (
    <Stack maw={1100}>
      <Title order={1}>Person</Title>
      <form onSubmit={submit}>
        <Group align="end">
          <TextInput
            label="User name"
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            flex={1}
            maw={420}
          />
          <Button type="submit">Look up</Button>
        </Group>
      </form>
      {name === undefined ? (
        <EmptyState title="Nobody looked up yet">
          Type the name of a user to see what they own and what they did.
        </EmptyState>
      ) : (
        <Person key={name} name={name} />
      )}
    </Stack>
  );
}

function Person({ name }: { readonly name: string }) {
  const { client, may } = useSession();
  const [job, setJob] = useState<string>();
  const owned = useQuery({
    queryKey: ['owned', name],
    queryFn: async ({ signal }) => (await client.administer.listOwned({ user: name }, { signal })).result,
  });
  const users = useQuery({
    queryKey: ['users', name],
    queryFn: async ({ signal }) =>
      (await client.administer.listUsers({ prefix: name, limit: 20 }, { signal })).result.users,
  });
  const account = users.data?.find(({ user }) => user === name);
  return (
    <Stack>
      {job === undefined ? null : <JobCard id={job} />}
      {account === undefined ? null : (
        <Group gap="xs">
          <Title order={2}>{account.user}</Title>
          <Badge variant="outline" tt="none">
            {account.state}
          </Badge>
          <Badge variant="outline" color="gray" tt="none">
            {account.kind}
          </Badge>
          {owned.data?.roles?.map((role) => (
            <Badge key={role} variant="outline" color="teal" tt="none">
              role {role}
            </Badge>
          ))}
        </Group>
      )}
      {owned.isPending ? <Loader aria-label="Loading what the user owns" /> : null}
      {owned.error === null ? null : <Problem error={owned.error} />}
      {owned.data === undefined ? null : owned.data.types.length === 0 ? (
        <EmptyState title={`${name} owns nothing, and was granted nothing`} />
      ) : (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
          {owned.data.types.map(({ type, having, count, examples }) => (
            <Card key={`${type} ${having}`} withBorder>
              <Text size="sm" c="var(--quiet-text)">
                {having === 'owned' ? 'Owns' : 'Was granted'}
              </Text>
              <Text fw={650} size="xl">
                {count.toLocaleString()} × {type}
              </Text>
              <Text size="sm" lineClamp={2}>
                {examples.map((example) => example.name).join(', ')}
              </Text>
            </Card>
          ))}
        </SimpleGrid>
      )}
      {owned.data !== undefined && may('offboard') ? <OffBoard name={name} onStarted={setJob} /> : null}
      <Paper withBorder p="md" component="section" aria-label="Recent acts">
        <Title order={3} size="h4" mb="xs">
          Recent acts of {name}
        </Title>
        <AuditTable filter={{ actor: name, limit: 10, newestFirst: true }} />
      </Paper>
    </Stack>
  );
}

function OffBoard({ name, onStarted }: { readonly name: string; readonly onStarted: (job: string) => void }) {
  const [to, setTo] = useState('');
  const [successor, setSuccessor] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSuccessor(to.trim());
  };
  return (
    <Paper withBorder p="md" component="section" aria-label="Off-board">
      <Title order={3} size="h4" mb={4}>
        Off-board {name}
      </Title>
      <Text size="sm" mb="sm">
        Moves all that they own, removes their rights, roles and friends, and closes their account.
      </Text>
      <form onSubmit={submit}>
        <Group align="end" mb="md">
          <TextInput
            label="New owner"
            description="A user, or role:NAME"
            value={to}
            onChange={(event) => {
              setTo(event.currentTarget.value);
              setSuccessor(undefined);
            }}
          />
          <Button type="submit" variant="default" disabled={to.trim() === ''}>
            Show the plan
          </Button>
        </Group>
      </form>
      {successor === undefined ? null : (
        <PlannedCommand
          key={successor}
          command={{ name: 'offboard', user: name, params: { to: successor } }}
          onDone={({ result }) => onStarted((result as JobView).job)}
        />
      )}
    </Paper>
  );
}
