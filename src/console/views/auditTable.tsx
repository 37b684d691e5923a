import { Badge, Button, Group, Loader, Modal, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEntry, GetAudit } from '../../base/schemas/generated.ts';
import { ChangedDocument } from '../commands/changes.tsx';
import { PlanButton } from '../commands/planButton.tsx';
import { Result } from '../commands/result.tsx';
import { Copy } from '../commands/scriptLines.tsx';
import { DataTable } from '../dataTable.tsx';
import { EmptyState } from '../emptyState.tsx';
import { Instant } from '../instant.tsx';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';

/** The records that a search finds, a page at a time. */
export function AuditTable({ filter }: { readonly filter: GetAudit['params'] }) {
  const { client } = useSession();
  const [open, setOpen] = useState<AuditEntry>();
  const found = useInfiniteQuery({
    queryKey: ['audit', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const cursor = pageParam === undefined ? {} : { cursor: pageParam };
      return (await client.administer.getAudit({ ...filter, ...cursor }, { signal })).result;
    },
    getNextPageParam: ({ next }) => next,
  });
  const records = found.data?.pages.flatMap((page) => page.records) ?? [];
  if (found.isPending) return <Loader aria-label="Loading the records" />;
  if (found.error !== null) return <Problem error={found.error} />;
  if (records.length === 0) return <EmptyState title="No records">Nothing in the audit matches.</EmptyState>;
  return (
    <Stack gap="sm">
      <DataTable label="Audit records" columns={['Time', 'Actor', 'Command', 'Outcome', 'Reason', 'Record']}>
        {records.map((record) => (
          <Table.Tr key={record.record}>
            <Table.Td>
              <Instant at={record.at} />
            </Table.Td>
            <Table.Td>{record.actor.name}</Table.Td>
            <Table.Td>{record.command}</Table.Td>
            <Table.Td>
              <Outcome record={record} />
            </Table.Td>
            <Table.Td>{record.reason ?? '–'}</Table.Td>
            <Table.Td>
              <Button
                size="xs"
                variant="default"
                aria-label={`Open the record of ${record.command} ${record.record}`}
                onClick={() => setOpen(record)}
              >
                Open
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </DataTable>
      {found.hasNextPage ? (
        <Group>
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      ) : null}
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title="Audit record"
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open === undefined ? null : <FullRecord record={open} />}
      </Modal>
    </Stack>
  );
}

const Outcome = ({ record: { outcome, error } }: { readonly record: AuditEntry }) => (
  <Badge variant="outline" color={outcome === 'success' ? 'green' : outcome === 'dryRun' ? 'gray' : 'red'} tt="none">
    {error ?? outcome}
  </Badge>
);

function FullRecord({ record }: { readonly record: AuditEntry }) {
  const { changes, record: id, hash, actor, subject, command, at, reason, params, requestId } = record;
  const isRevertible = record.outcome === 'success' && changes.length > 0;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600}>
          {command} by {actor.name}
          {subject === undefined ? '' : ` as ${subject.name}`}
        </Text>
        <Outcome record={record} />
      </Group>
      <Result value={{ time: at, record: id, hash, requestId, ...(reason === undefined ? {} : { reason }) }} />
      <Group>
        <Copy text={`${id} ${hash}`} label="Copy the receipt" />
        {isRevertible ? (
          <PlanButton label="Revert" title="Revert this record" command={{ name: 'revert', params: { record: id } }} />
        ) : null}
      </Group>
      {params === undefined || Object.keys(params).length === 0 ? null : <Result value={params} />}
      {changes.map((change) => (
        <ChangedDocument key={`${change.collection}/${change.id}/${change.op}`} change={change} />
      ))}
    </Stack>
  );
}
