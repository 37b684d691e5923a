import { Badge, Group, Loader, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { DataTable } from '../../dataTable.tsx';
import { AccountLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { Belongings } from './belongings.tsx';

/** What a role owns and was granted, and who is in it. */
export function RoleDetails({ role }: { readonly role: string }) {
  const { client, may } = useSession();
  const { data, error } = useQuery({
    queryKey: ['role', role],
    enabled: may('listRoles'),
    queryFn: async ({ signal }) => (await client.administer.listRoles({ name: role }, { signal })).result.roles[0],
  });
  return (
    <>
      <Group gap="xs">
        <Title order={2}>{role}</Title>
        <Badge variant="outline" color="teal" tt="none">
          role
        </Badge>
      </Group>
      <Belongings account={{ role }} name={`role ${role}`} />
      <Section title="Members">
        {error === null ? null : <Problem error={error} />}
        {data === undefined && error === null ? <Loader size="sm" aria-label="Loading the members" /> : null}
        {data?.size === 0 ? <Text size="sm">Nobody is in it.</Text> : null}
        {data === undefined || data.size === 0 ? null : (
          <DataTable
            label="Members of the role"
            columns={[{ title: 'User', cell: (user: string) => <AccountLink name={user} /> }]}
            rows={data.members ?? []}
            keyOf={(user) => user}
          />
        )}
      </Section>
    </>
  );
}
