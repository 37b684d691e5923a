import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JobItem, JobWithItems } from '../../../base/schemas/generated.ts';
import { DataTable } from '../../dataTable.tsx';
import { ResourceLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';

const LIMIT = 1_000;
const EXAMPLES = 3;

interface Reason {
  readonly outcome: string;
  readonly reason: string;
  readonly message: string | undefined;
  readonly items: JobItem[];
}

/** Why items of a job were not moved: each reason, how often, and some of the items. */
export function Failures({ job: { job: id, failed, skipped } }: { readonly job: JobWithItems }) {
  const { client } = useSession();
  const found = useQuery({
    queryKey: ['failures', id, failed, skipped],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(
        (['failed', 'skipped'] as const).map((outcome) =>
          client.administer.getJob({ id, items: { outcome, limit: LIMIT } }, { signal }),
        ),
      );
      return byReason(lists.flatMap(({ result }) => result.items ?? []));
    },
  });
  if (found.isPending) return <Loader size="sm" aria-label="Loading the failures" />;
  if (found.error !== null) return <Problem error={found.error} />;
  return (
    <>
      <DataTable
        label="Reasons why items were not moved"
        columns={[
          { title: 'Outcome', cell: ({ outcome }) => outcome },
          {
            title: 'Reason',
            cell: ({ reason, message }) => (message === undefined ? reason : `${reason}: ${message}`),
          },
          { title: 'Items', cell: ({ items }) => items.length.toLocaleString() },
          {
            title: 'For example',
            cell: ({ items }) =>
              items.slice(0, EXAMPLES).map(({ id: item }) => (
                <span key={item}>
                  <ResourceLink id={item} name={item} />{' '}
                </span>
              )),
          },
        ]}
        rows={found.data}
        keyOf={({ outcome, reason }) => `${outcome} ${reason}`}
      />
      {Math.max(failed, skipped) > LIMIT ? (
        <Text size="sm">Of the first {LIMIT.toLocaleString()} of each outcome.</Text>
      ) : null}
    </>
  );
}

/** The most frequent first. */
function byReason(items: readonly JobItem[]): readonly Reason[] {
  const found = new Map<string, Reason>();
  for (const item of items) {
    const { outcome, reason = outcome, message } = item;
    const key = `${outcome} ${reason}`;
    const known = found.get(key) ?? { outcome, reason, message, items: [] };
    known.items.push(item);
    found.set(key, known);
  }
  return [...found.values()].sort((a, b) => b.items.length - a.items.length);
}
