import { Badge } from '@mantine/core';
import type { AuditEntry } from '../../../base/schemas/generated.ts';

/** How a recorded call ended. */
export const Outcome = ({ record: { outcome, error } }: { readonly record: AuditEntry }) => (
  <Badge variant="outline" color={outcome === 'success' ? 'green' : outcome === 'dryRun' ? 'gray' : 'red'} tt="none">
    {error ?? outcome}
  </Badge>
);
