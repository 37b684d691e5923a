import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { PlanButton } from '../../commands/planButton.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { nameOf, SessionList } from '../../sessionList.tsx';

/** Where the user is signed in with a password; each session can be ended. */
export function Sessions({ name }: { readonly name: string }) {
  const { client } = useSession();
  const { data, error } = useQuery({
    queryKey: ['sessions', name],
    queryFn: async ({ signal }) => (await client.administer.listSessions({ user: name }, { signal })).result.sessions,
  });
  const end = (title: string, params: object, label: string) => (
    <PlanButton label={label} title={title} command={{ name: 'endSession', user: name, params }} />
  );
  const isSeveral = (data?.length ?? 0) > 1;
  return (
    <Section title="Sessions" action={isSeveral ? end(`End all sessions of ${name}`, {}, 'End all') : undefined}>
      {error === null ? null : <Problem error={error} />}
      {data === undefined && error === null ? <Loader size="sm" aria-label="Loading: Sessions" /> : null}
      {data?.length === 0 ? <Text size="sm">They are signed in nowhere with a password.</Text> : null}
      {data === undefined || data.length === 0 ? null : (
        <SessionList
          sessions={data}
          action={(session) => end(`End the session ${nameOf(session)} of ${name}`, { session: session.id }, 'End')}
        />
      )}
    </Section>
  );
}
