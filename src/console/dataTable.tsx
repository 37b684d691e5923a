import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly string[];
  /** The rows. */
  readonly children: ReactNode;
}

/** A table that scrolls sideways where it does not fit, also by keyboard. */
export function DataTable({ label, columns, children }: Props) {
  return (
    <Table.ScrollContainer minWidth={560} tabIndex={0} role="region" aria-label={label}>
      <Table highlightOnHover fz="sm">
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
