import { Text } from '@mantine/core';

/** A number, or a short text, under its label. */
export function Figure({ label, value }: { readonly label: string; readonly value: number | string }) {
  return (
    <div>
      <Text size="xs" c="var(--quiet-text)">
        {label}
      </Text>
      <Text fw={650} size="xl">
        {typeof value === 'number' ? value.toLocaleString() : value}
      </Text>
    </div>
  );
}
