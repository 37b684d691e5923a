import { Alert, Code, Group, Text } from '@mantine/core';
import type { Receipt } from '../../client/client.ts';
import { Copy } from './scriptLines.tsx';

/** Says that a command was carried out, and names its audit record. */
export function ReceiptCard({ receipt, title }: { readonly receipt: Receipt | undefined; readonly title: string }) {
  return (
    <Alert color="green" title={title} role="status">
      {receipt === undefined ? null : (
        <Group gap="xs">
          <Text size="sm">
            Receipt <Code data-testid="receipt">{receipt.record}</Code>
          </Text>
          <Copy text={`${receipt.record} ${receipt.hash}`} label="Copy the receipt" />
        </Group>
      )}
    </Alert>
  );
}
