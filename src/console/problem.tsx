import { Alert, Code, Stack, Text } from '@mantine/core';
import { ConnectionError, StewardCallError } from '../client/client.ts';

/** A failed call, with the service's own advice and the id under which its operator finds the call. */
export function Problem({ error, title }: { readonly error: unknown; readonly title?: string }) {
  const { message, advice, requestId, reason } = partsOf(error);
  const heading = title ?? (error instanceof ConnectionError ? 'The service was not reached' : 'This was refused');
  return (
    <Alert color="red" variant="light" title={heading} role="alert">
      <Stack gap={4}>
        <Text size="sm">{message}</Text>
        {advice === undefined ? null : <Text size="sm">{advice}</Text>}
        <Text size="xs">
          {reason === undefined ? null : <Code>{reason}</Code>}{' '}
          {requestId === undefined ? null : `Request ${requestId}`}
        </Text>
      </Stack>
    </Alert>
  );
}

function partsOf(error: unknown) {
  if (error instanceof StewardCallError) {
    const { message, advice, requestId, reason } = error;
    return { message, advice, requestId, reason };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
