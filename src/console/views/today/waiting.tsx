import { Card, Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Problem } from '../../problem.tsx';

interface Props<T> {
  readonly title: string;
  /** What stands there if nothing waits. */
  readonly none: string;
  readonly load: (signal: AbortSignal) => Promise<readonly T[]>;
  readonly children: (item: T) => ReactNode;
}

/** One kind of things that wait for somebody. */
export function Waiting<T>({ title, none, load, children }: Props<T>) {
  const { data, error, isPending } = useQuery({
    queryKey: ['today', title],
    queryFn: ({ signal }) => load(signal),
    refetchInterval: 30_000,
    // What waits here may have been decided, or asked for, while another view was shown.
    refetchOnMount: 'always',
  });
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
        {data === undefined || data.length === 0 ? '' : ` (${data.length})`}
      </Title>
      {isPending ? <Loader size="sm" aria-label={`Loading: ${title}`} /> : null}
      {error === null ? null : <Problem error={error} />}
      {data?.length === 0 ? (
        <Text size="sm" c="var(--quiet-text)">
          {none}
        </Text>
      ) : null}
      <Stack gap="sm">{data?.map(children)}</Stack>
    </Card>
  );
}

/** A thing that waits, with what can be done about it beside it, or below where that does not fit. */
export const WaitingRow = ({ children }: { readonly children: ReactNode }) => (
  <div className="waiting-row">{children}</div>
);
