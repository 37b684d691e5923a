import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { DataTable } from '../../dataTable.tsx';
import { Instant } from '../../instant.tsx';
import { AccountLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

/** The most that the service lists at once. */
const LIMIT = 10_000;

/** The objects in a workspace. */
export function Objects({ number }: { readonly number: number }) {
  const { client } = useSession();
  const found = useQuery({
    queryKey: ['objects', number],
    queryFn: async ({ signal }) =>
      (await client.administer.listObjects({ ids: [number], showHidden: 1, limit: LIMIT }, { signal })).result,
  });
  return (
    <Section title="Objects">
      {found.isPending ? <Loader size="sm" aria-label="Loading the objects" /> : null}
      {found.error === null ? null : <Problem error={found.error} />}
      {found.data?.length === 0 ? <Text size="sm">It is empty.</Text> : null}
      {found.data === undefined || found.data.length === 0 ? null : (
        <>
          <Text size="sm">
            {found.data.length === LIMIT ? `The first ${LIMIT.toLocaleString()}` : found.data.length.toLocaleString()}
          </Text>
          <DataTable
            label="Objects of the workspace"
            columns={[
              { title: 'Id', cell: ([id]) => id },
              { title: 'Name', cell: ([, name]) => name },
              { title: 'Type', cell: ([, , type]) => type },
              { title: 'Version', cell: ([, , , , version]) => version },
              { title: 'Saved by', cell: ([, , , , , by]) => <AccountLink name={by} /> },
              { title: 'Saved', cell: ([, , , at]) => <Instant at={at} /> },
              { title: 'Bytes', cell: (row) => row[9].toLocaleString() },
            ]}
            rows={found.data}
            keyOf={([id, , , , version]) => `${id}/${version}`}
          />
        </>
      )}
    </Section>
  );
}
