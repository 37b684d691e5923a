import { Button, Loader, Modal, Stack, Switch } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEntry, GetAudit } from '../../../base/schemas/generated.ts';
import { DataTable } from '../../dataTable.tsx';
import { EmptyState } from '../../emptyState.tsx';
import { Instant } from '../../instant.tsx';
import { AccountLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';
import { FullRecord } from './fullRecord.tsx';
import { Outcome } from './outcome.tsx';
import { useFollowed } from './useFollowed.ts';

interface Props {
  readonly filter: GetAudit['params'];
  /** Whether only the first page is shown. */
  readonly isShort?: boolean;
}

/** The records that a search finds. */
export function AuditTable({ filter: wanted, isShort = false }: Props) {
  const filter = { ...wanted, withNames: true };
  const { client } = useSession();
  const [open, setOpen] = useState<AuditEntry>();
  const [isFollowing, setFollowing] = useState(false);
  const found = useInfiniteQuery({
    queryKey: ['audit', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) =>
      (await client.administer.getAudit({ ...filter, ...(cursor ? { cursor } : {}) }, { signal })).result,
    getNextPageParam: ({ next }) => next,
    refetchOnMount: 'always',
  });
  const followed = useFollowed(filter, found.data?.pages[0]?.follow, isFollowing);
  if (found.isPending) return <Loader aria-label="Loading the records" />;
  if (found.error !== null) return <Problem error={found.error} />;
  const names = Object.assign({}, followed.names, ...found.data.pages.map((page) => page.names));
  const records = [...followed.records, ...found.data.pages.flatMap((page) => page.records)];
  const isLate = !isShort && found.hasNextPage && !found.isFetchingNextPage;
  return (
    <Stack gap="sm">
      {isShort ? null : (
        <Switch
          label="Follow live"
          description="Your own searches of the audit are left out."
          checked={isFollowing}
          onChange={(event) => setFollowing(event.currentTarget.checked)}
        />
      )}
      {followed.error === null ? null : <Problem error={followed.error} />}
      {records.length === 0 ? (
        <EmptyState title="No records">Nothing in the audit matches.</EmptyState>
      ) : (
        <DataTable
          label="Audit records"
          columns={columnsWith(setOpen)}
          rows={records}
          keyOf={({ record }) => record}
          onEnd={isLate ? () => void found.fetchNextPage() : undefined}
        />
      )}
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title="Audit record"
        size="xl"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open === undefined ? null : <FullRecord record={open} names={names} />}
      </Modal>
    </Stack>
  );
}

const columnsWith = (open: (record: AuditEntry) => void) => [
  { title: 'Time', cell: ({ at }: AuditEntry) => <Instant at={at} /> },
  { title: 'Actor', cell: ({ actor }: AuditEntry) => <AccountLink name={actor.name} /> },
  { title: 'Command', cell: ({ command }: AuditEntry) => command },
  { title: 'Outcome', cell: (record: AuditEntry) => <Outcome record={record} /> },
  { title: 'Reason', cell: ({ reason }: AuditEntry) => reason ?? '–' },
  {
    title: 'Record',
    cell: (record: AuditEntry) => (
      <Button
        size="xs"
        variant="default"
        aria-label={`Open the record of ${record.command} ${record.record}`}
        onClick={() => open(record)}
      >
        Open
      </Button>
    ),
  },
];
