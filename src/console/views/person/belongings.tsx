import { Loader, SimpleGrid, Text, UnstyledButton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OwnedCount, ResourceTypeName } from '../../../base/schemas/generated.ts';
import { DataTable } from '../../dataTable.tsx';
import { EmptyState } from '../../emptyState.tsx';
import { ResourceLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

const PAGE = 500;

interface Props {
  readonly account: { readonly user: string } | { readonly role: string };
  readonly name: string;
}

/** What a user or a role owns and was granted, by type and count; each can be listed. */
export function Belongings({ account, name }: Props) {
  const { client } = useSession();
  const [open, setOpen] = useState<Pick<OwnedCount, 'type' | 'having'>>();
  const { data, error, isPending } = useQuery({
    queryKey: ['owned', name],
    queryFn: async ({ signal }) => (await client.administer.listOwned(account, { signal })).result,
  });
  if (isPending) return <Loader aria-label="Loading what they own" />;
  if (error !== null) return <Problem error={error} />;
  if (data.types.length === 0) return <EmptyState title={`${name} owns nothing, and was granted nothing`} />;
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
        {data.types.map(({ type, having, count, examples }) => {
          const isOpen = open?.type === type && open.having === having;
          return (
            <UnstyledButton
              key={`${type} ${having}`}
              className="card-button"
              aria-expanded={isOpen}
              onClick={() => setOpen(isOpen ? undefined : { type, having })}
            >
              <Text size="sm" c="var(--quiet-text)">
                {having === 'owned' ? 'Owns' : 'Was granted'}
              </Text>
              <Text fw={650} size="xl">
                {count.toLocaleString()} × {type}
              </Text>
              <Text size="sm" lineClamp={2}>
                {examples.map((example) => example.name).join(', ')}
              </Text>
            </UnstyledButton>
          );
        })}
      </SimpleGrid>
      {open === undefined ? null : <Items key={`${open.type} ${open.having}`} account={account} {...open} />}
    </>
  );
}

function Items({ account, type, having }: Pick<Props, 'account'> & Pick<OwnedCount, 'type' | 'having'>) {
  const { client } = useSession();
  const found = useInfiniteQuery({
    queryKey: ['ownedItems', account, type, having],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const page = { ...account, type: type as ResourceTypeName, having, limit: PAGE, ...(cursor ? { cursor } : {}) };
      return (await client.administer.listOwned(page, { signal })).result;
    },
    getNextPageParam: ({ next }) => next,
  });
  return (
    <Section title={`${having === 'owned' ? 'Owned' : 'Granted'}: ${type}`}>
      {found.isPending ? <Loader size="sm" aria-label="Loading the list" /> : null}
      {found.error === null ? null : <Problem error={found.error} />}
      {found.data === undefined ? null : (
        <DataTable
          label={`All of type ${type}`}
          columns={[
            { title: 'Name', cell: ({ id, name }) => <ResourceLink id={id} name={name} /> },
            { title: 'Level', cell: ({ level }) => level ?? '–' },
            { title: 'Id', cell: ({ id, externalId }) => externalId ?? id },
          ]}
          rows={found.data.pages.flatMap(({ items = [] }) => items)}
          keyOf={({ id }) => id}
          onEnd={() => {
            if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
          }}
        />
      )}
    </Section>
  );
}
