import { Badge, Group, SimpleGrid, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { AuditTable } from '../audit/auditTable.tsx';
import { JobCard } from '../jobs/jobCard.tsx';
import { Belongings } from './belongings.tsx';
import { OffBoard } from './offBoard.tsx';
import { Sessions } from './sessions.tsx';
import { AdminRights, Friends, Roles } from './standing.tsx';

const ACTS = 10;

/** All about one user. */
export function UserDetails({ name }: { readonly name: string }) {
  const { client, may } = useSession();
  const [job, setJob] = useState<string>();
  const users = useQuery({
    queryKey: ['users', name],
    enabled: may('listUsers'),
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
        </Group>
      )}
      <Belongings account={{ user: name }} name={name} />
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        {may('listAdmins') ? <AdminRights name={name} /> : null}
        {may('listRoles') ? <Roles name={name} /> : null}
        {may('listFriends') ? <Friends name={name} /> : null}
      </SimpleGrid>
      {may('listSessions') ? <Sessions name={name} /> : null}
      {may('offboard') ? <OffBoard name={name} onStarted={setJob} /> : null}
      {may('getAudit') ? (
        <>
          <Section title={`Recent acts of ${name}`}>
            <AuditTable filter={{ actor: name, limit: ACTS, newestFirst: true }} isShort />
          </Section>
          {account === undefined ? null : (
            <Section title={`Recent acts on ${name}`}>
              <AuditTable filter={{ resource: `principals/${account.id}`, limit: ACTS, newestFirst: true }} isShort />
            </Section>
          )}
        </>
      ) : null}
    </Stack>
  );
}
