import { Paper, Text } from '@mantine/core';

/** What stands where there is nothing to list. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: string }) {
  return (
    <Paper p="lg" radius="md" withBorder ta="center">
      <Text fw={600}>{title}</Text>
      {children === undefined ? null : (
        <Text size="sm" c="var(--quiet-text)">
          {children}
        </Text>
      )}
    </Paper>
  );
}
