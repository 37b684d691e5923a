import { Badge, Code, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { type ReadableChange, readableChanges } from '../../base/readableChanges.ts';
import type { DryRun } from '../../base/schemas/generated.ts';

const WORDS = { insert: 'New', update: 'Changed', remove: 'Removed' } as const;
const COLORS = { insert: 'green', update: 'blue', remove: 'red' } as const;
/** More would slow the page down; the plan covers all of them. */
const SHOWN = 50;

/** What a dry run says would be done: counts, sentences, and each document before and after. */
export function PlannedChanges({ plan }: { readonly plan: DryRun }) {
  const { effects = [], types = [], total } = plan;
  const changes = readableChanges(plan.changes, plan.names);
  return (
    <Stack gap="sm">
      {total === undefined ? null : (
        <Group gap="xs">
          <Text fw={600}>{count(total, 'resource', 'resources')} would be moved</Text>
          {types.map(({ type, total: of }) => (
            <Badge key={type} variant="outline" tt="none">
              {type}: {of}
            </Badge>
          ))}
        </Group>
      )}
      {effects.map((effect) => (
        <Text key={effect} size="sm">
          {effect}
        </Text>
      ))}
      {changes.length === 0 && total === undefined ? <Text>Nothing would change.</Text> : null}
      {changes.slice(0, SHOWN).map((change) => (
        <ChangedDocument key={`${change.collection}/${change.id}/${change.op}`} change={change} />
      ))}
      {changes.length > SHOWN ? (
        <Text size="sm">And {(changes.length - SHOWN).toLocaleString()} more changes, all within the plan.</Text>
      ) : null}
      {plan.notRevertible === undefined ? null : <Text size="sm">Cannot be reverted: {plan.notRevertible}</Text>}
    </Stack>
  );
}

/** One changed document, field by field. */
export function ChangedDocument({ change }: { readonly change: ReadableChange }) {
  const rows = change.fields ?? fieldsOf(change);
  return (
    <Paper withBorder p="sm" radius="md">
      <Group gap="xs" mb="xs">
        <Badge variant="outline" color={COLORS[change.op]} tt="none">
          {WORDS[change.op]}
        </Badge>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {change.collection}/{change.id}
          {change.name === undefined ? null : ` (${change.name})`}
        </Text>
      </Group>
      <Table.ScrollContainer minWidth={280}>
        <Table withRowBorders={false} verticalSpacing={2} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              {change.op === 'insert' ? null : <Table.Th>Before</Table.Th>}
              {change.op === 'remove' ? null : <Table.Th>After</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ path, before, after }) => (
              <Table.Tr key={path}>
                <Table.Td>{path}</Table.Td>
                {change.op === 'insert' ? null : <Table.Td className="change-before">{shown(before)}</Table.Td>}
                {change.op === 'remove' ? null : <Table.Td className="change-after">{shown(after)}</Table.Td>}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

interface Row {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

function fieldsOf({ before, after }: ReadableChange): readonly Row[] {
  // The id stands above the fields.
  const fields = Object.entries(after ?? before ?? {}).filter(([path]) => path !== '_id');
  return fields.map(([path, value]) => ({ path, ...(after === undefined ? { before: value } : { after: value }) }));
}

function shown(value: unknown) {
  if (value === undefined) return '–';
  return typeof value === 'object' && value !== null ? <Code>{JSON.stringify(value)}</Code> : String(value);
}

const count = (n: number, one: string, many: string) => `${n.toLocaleString()} ${n === 1 ? one : many}`;
