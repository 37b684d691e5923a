import { Badge, Button, Group, Loader, Paper, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { ResourceTypeName, ResourceView as Shown } from '../../../base/schemas/generated.ts';
import type { StewardClient } from '../../../client/client.ts';
import { useDescribedCommands } from '../../commands/describedCommands.ts';
import { Result } from '../../commands/result.tsx';
import { Copy } from '../../commands/scriptLines.tsx';
import { EmptyState } from '../../emptyState.tsx';
import { Instant } from '../../instant.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { AuditTable } from '../audit/auditTable.tsx';
import { Access } from './access.tsx';
import { Branch } from './branch.tsx';
import { ChangeOwner } from './changeOwner.tsx';
import { ChangeRights } from './changeRights.tsx';
import { Objects } from './objects.tsx';

const ANY_TYPE = 'by id';

/** Who owns a resource or a workspace, who may do what with it and why, what is below it, and what was done with it. */
export function ResourceView() {
  const { id, type } = useSearch({ from: '/resource' });
  const navigate = useNavigate();
  const types = useResourceTypes();
  const [typedId, setTypedId] = useState(id ?? '');
  const [typedType, setTypedType] = useState(type ?? (id === undefined ? 'workspace' : ANY_TYPE));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const search = typedType === ANY_TYPE ? { id: typedId.trim() } : { id: typedId.trim(), type: typedType };
    void navigate({ to: '/resource', search });
  };
  return (
    <Stack maw={1100}>
      <Title order={1}>Resource</Title>
      <form onSubmit={submit}>
        <Group align="end">
          <Select
            label="Type"
            data={[ANY_TYPE, ...types]}
            value={typedType}
            onChange={(value) => setTypedType(value ?? ANY_TYPE)}
            allowDeselect={false}
            searchable
          />
          <TextInput
            label={
              typedType === 'workspace' ? 'Name or number' : typedType === ANY_TYPE ? 'Id' : 'Id in its own system'
            }
            value={typedId}
            onChange={(event) => setTypedId(event.currentTarget.value)}
            flex={1}
            miw={200}
            maw={420}
          />
          <Button type="submit" disabled={typedId.trim() === ''}>
            Look up
          </Button>
        </Group>
      </form>
      {id === undefined ? (
        <EmptyState title="Nothing looked up yet">
          Name a workspace, or a resource of another system by its type and id, to see who may do what with it and why.
        </EmptyState>
      ) : (
        <FoundResource key={`${type} ${id}`} id={id} type={type} />
      )}
    </Stack>
  );
}

/** The types that the service has, of which a workspace is named most often. */
function useResourceTypes(): readonly string[] {
  const { data } = useDescribedCommands();
  const schema = data?.find(({ name }) => name === 'getResource')?.params as
    | { readonly components?: { readonly schemas?: Readonly<Record<string, { readonly enum?: readonly string[] }>> } }
    | undefined;
  const named = Object.values(schema?.components?.schemas ?? {}).find((found) => found.enum?.includes('workspace'));
  return named?.enum ?? ['workspace'];
}

interface Named {
  readonly id: string;
  readonly type?: string | undefined;
}

/** @throws StewardCallError if there is none, or the caller may not see it */
async function findResource(client: StewardClient, { id, type }: Named, signal: AbortSignal): Promise<Shown> {
  const isNumber = /^\d+$/.test(id);
  if (type !== 'workspace' || /^ws\d+$/.test(id)) {
    const reference = type === undefined ? { id } : { type: type as ResourceTypeName, externalId: id };
    return (await client.administer.getResource(reference, { signal })).result;
  }
  const identity = isNumber ? { id: Number(id) } : { workspace: id };
  const { result } = await client.administer.getWorkspaceInfo(identity, { signal });
  return (await client.administer.getResource({ id: `ws${result[0]}` }, { signal })).result;
}

function FoundResource(named: Named) {
  const { client, may } = useSession();
  const found = useQuery({
    queryKey: ['resource', named.type, named.id],
    queryFn: ({ signal }) => findResource(client, named, signal),
  });
  if (found.isPending) return <Loader aria-label="Loading the resource" />;
  if (found.error !== null) return <Problem error={found.error} title="It was not found" />;
  const resource = found.data;
  const isWorkspace = resource.type === 'workspace';
  return (
    <Stack>
      <Summary resource={resource} />
      {may('getAcl') ? <Access resource={resource} /> : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {may('changeOwnership') ? <ChangeOwner resource={resource} /> : null}
        {may('setAcl') ? <ChangeRights resource={resource} /> : null}
      </SimpleGrid>
      {isWorkspace ? (
        may('listObjects') ? (
          <Objects number={Number(resource.id.slice(2))} />
        ) : null
      ) : (
        <Branch resource={resource} />
      )}
      {may('getAudit') ? (
        <Section title="History">
          <AuditTable
            filter={{ resource: `${isWorkspace ? 'workspaces' : 'resources'}/${resource.id}`, newestFirst: true }}
          />
        </Section>
      ) : null}
    </Stack>
  );
}

function Summary({ resource }: { readonly resource: Shown }) {
  const { name, type, visibility, id, externalId, created, modified, stamp, data } = resource;
  const fields = Object.entries({ 'In its own system': externalId, 'Made by': stamp?.name }).filter(
    ([, value]) => value !== undefined,
  );
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group gap="xs">
          <Title order={2} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Title>
          <Badge variant="outline" tt="none">
            {type}
          </Badge>
          <Badge variant="outline" color={visibility === 'private' ? 'gray' : 'orange'} tt="none">
            {visibility}
          </Badge>
        </Group>
        <Group gap="xs">
          <Text size="sm">{id}</Text>
          <Copy text={id} label="Copy the id" />
        </Group>
        {fields.map(([title, value]) => (
          <Text key={title} size="sm" style={{ overflowWrap: 'anywhere' }}>
            {title}: {value}
          </Text>
        ))}
        <Text size="sm">
          Made <Instant at={created} />, changed <Instant at={modified} />
        </Text>
        {data === undefined || data === null ? null : (
          <details>
            <summary>Its data</summary>
            <Result value={data} />
          </details>
        )}
      </Stack>
    </Paper>
  );
}
