import { Badge, Group, Loader, Text } from '@mantine/core';
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import type { ResourceView } from '../../../base/schemas/generated.ts';
import { DataTable } from '../../dataTable.tsx';
import { AccountLink, ResourceLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

const PAGE = 1_000;

/** What a resource lies in, and what lies in it. */
export function Branch({ resource }: { readonly resource: ResourceView }) {
  const { client } = useSession();
  const parents = useQueries({
    queries: resource.parents.map((id) => ({
      queryKey: ['resource', undefined, id],
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) =>
        (await client.administer.getResource({ id }, { signal })).result,
    })),
  });
  return (
    <Section title="Branch">
      <Group gap="xs">
        <Text size="sm">{resource.parents.length === 0 ? 'It lies in nothing else.' : 'It lies in'}</Text>
        {parents.map(({ data }, n) => {
          const id = resource.parents[n] ?? '';
          return (
            <Badge key={id} variant="outline" tt="none">
              {data === undefined ? '' : `${data.type} `}
              <ResourceLink id={id} name={data?.name ?? id} />
            </Badge>
          );
        })}
      </Group>
      <Children id={resource.id} />
    </Section>
  );
}

function Children({ id }: { readonly id: string }) {
  const { client } = useSession();
  const found = useInfiniteQuery({
    queryKey: ['children', id],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const page = { parent: id, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
      return (await client.administer.listResources(page, { signal })).result;
    },
    getNextPageParam: ({ next }) => next,
  });
  if (found.isPending) return <Loader size="sm" aria-label="Loading what lies in it" />;
  if (found.error !== null) return <Problem error={found.error} />;
  const children = found.data.pages.flatMap(({ resources }) => resources);
  if (children.length === 0) return <Text size="sm">Nothing lies in it.</Text>;
  return (
    <>
      <Text size="sm">
        {children.length.toLocaleString()}
        {found.hasNextPage ? ' or more' : ''} lie in it:
      </Text>
      <DataTable
        label="What lies in it"
        columns={[
          { title: 'Name', cell: (child) => <ResourceLink id={child.id} name={child.name} /> },
          { title: 'Type', cell: ({ type }) => type },
          {
            title: 'Owner',
            cell: ({ owners }) =>
              owners.map(({ owner, accountType, id: ownerId }) => (
                <AccountLink key={ownerId} name={owner} isRole={accountType === 'ApplicationRole'} />
              )),
          },
          { title: 'Visibility', cell: ({ visibility }) => visibility },
        ]}
        rows={children}
        keyOf={(child) => child.id}
        onEnd={() => {
          if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
        }}
      />
    </>
  );
}
