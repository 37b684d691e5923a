import { Button, Code, Loader, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../../base/schemas/generated.ts';
import { Instant } from '../../instant.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { nameOf, SessionList } from '../../sessionList.tsx';
import { OwnPasskeys } from './passkeys.tsx';

/** What belongs to the caller: who they are, where they are signed in, and their passkeys. */
export function AccountView() {
  return (
    <Stack maw={1100}>
      <Title order={1}>Your account</Title>
      <Caller />
      <OwnSessions />
      <OwnPasskeys />
    </Stack>
  );
}

function Caller() {
  const { client, privileges } = useSession();
  const { data, error } = useQuery({
    queryKey: ['caller'],
    queryFn: async ({ signal }) => (await client.methods.Session_who_am_i({}, { signal })).result,
  });
  return (
    <Section title="Who you are">
      {error === null ? null : <Problem error={error} />}
      {data === undefined && error === null ? <Loader size="sm" aria-label="Loading: Who you are" /> : null}
      {data === undefined ? null : (
        <Stack gap={4}>
          <Text size="sm">
            {data.user}, a {KINDS[data.kind]} with the id <Code>{data.id}</Code>
          </Text>
          <Text size="sm">
            You may run {privileges.commands.length} commands
            {privileges.expires === undefined ? '' : ', until '}
            {privileges.expires === undefined ? null : <Instant at={privileges.expires} />}.
          </Text>
          <Text size="sm">{data.roles.length === 0 ? 'You are in no role.' : `Roles: ${data.roles.join(', ')}`}</Text>
          {data.expires === undefined ? null : (
            <Text size="sm">
              You are signed in until <Instant at={data.expires} />.
            </Text>
          )}
        </Stack>
      )}
    </Section>
  );
}

const KINDS = { person: 'person', staff: 'member of staff', service: 'service' } as const;

const KEY = ['ownSessions'];

function OwnSessions() {
  const { client } = useSession();
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await client.methods.Session_list({}, { signal })).result.sessions,
  });
  return (
    <Section title="Where you are signed in">
      {error === null ? null : <Problem error={error} />}
      {data === undefined && error === null ? <Loader size="sm" aria-label="Loading your sessions" /> : null}
      {data?.length === 0 ? <Text size="sm">Nowhere with a password: you came with a token.</Text> : null}
      <SessionList sessions={data ?? []} action={(session) => <EndOwn session={session} />} />
    </Section>
  );
}

function EndOwn({ session }: { readonly session: SessionView }) {
  const { client, signOut } = useSession();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => client.methods.Session_sign_out({ session: session.id }),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const isOwn = session.current === true;
  return (
    <>
      {end.error === null ? null : <Problem error={end.error} />}
      <Button
        size="xs"
        variant="default"
        aria-label={`Sign out: ${nameOf(session)}`}
        loading={end.isPending}
        onClick={isOwn ? signOut : () => end.mutate()}
      >
        Sign out
      </Button>
    </>
  );
}
