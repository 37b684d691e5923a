import { Code, Table, Text } from '@mantine/core';

const SHOWN = 200;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The answer of a command: lists as tables, objects as their fields. */
export function Result({ value }: { readonly value: unknown }) {
  if (value === null || value === undefined) return <Text>Done. The command answers nothing.</Text>;
  if (Array.isArray(value)) return <List items={value} />;
  if (!isRecord(value)) return <Text style={{ overflowWrap: 'anywhere' }}>{String(value)}</Text>;
  return (
    <Table.ScrollContainer minWidth={260}>
      <Table fz="sm" verticalSpacing={4}>
        <Table.Tbody>
          {Object.entries(value).map(([name, field]) => (
            <Table.Tr key={name}>
              <Table.Th w={160} style={{ verticalAlign: 'top' }}>
                {name}
              </Table.Th>
              <Table.Td>{Array.isArray(field) ? <List items={field} /> : <Cell value={field} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function List({ items }: { readonly items: readonly unknown[] }) {
  if (items.length === 0) return <Text size="sm">None.</Text>;
  const shown = items.slice(0, SHOWN);
  const more = items.length > SHOWN ? <Text size="sm">And {items.length - SHOWN} more.</Text> : null;
  if (!shown.every(isRecord)) {
    return (
      <>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {shown.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(', ')}
        </Text>
        {more}
      </>
    );
  }
  const columns = [...new Set(shown.flatMap((item) => Object.keys(item)))];
  return (
    <Table.ScrollContainer minWidth={260}>
      <Table fz="sm" verticalSpacing={4} striped>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((item) => (
            <Table.Tr key={JSON.stringify(item)}>
              {columns.map((column) => (
                <Table.Td key={column}>
                  <Cell value={item[column]} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {more}
    </Table.ScrollContainer>
  );
}

function Cell({ value }: { readonly value: unknown }) {
  if (value === undefined) return '–';
  return typeof value === 'object' && value !== null ? (
    <Code>{JSON.stringify(value)}</Code>
  ) : (
    <span>{String(value)}</span>
  );
}
