import { Button, Loader, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../../base/schemas/generated.ts';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { nameOf, SessionList } from '../../sessionList.tsx';
import { OwnPasskeys } from './passkeys.tsx';

/** What belongs to the caller: where they are signed in, and their passkeys. */
export function AccountView() {
  return (
    <Stack maw={1100}>
      <Title order={1}>Your account</Title>
      <OwnSessions />
      <OwnPasskeys />
    </Stack>
  );
}

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
