import { Button, Paper, Select, SimpleGrid, Stack, Switch, TextInput, Title } from '@mantine/core';
import { type ChangeEvent, type FormEvent, useState } from 'react';
import type { GetAudit } from '../../../base/schemas/generated.ts';
import { Section } from '../../section.tsx';
import { ActsChart } from './actsChart.tsx';
import { AuditTable } from './auditTable.tsx';

const FIELDS = [
  ['actor', 'Actor'],
  ['subject', 'Acted as'],
  ['command', 'Command'],
  ['resource', 'Resource'],
] as const;
/** In the reader's time zone. */
const TIMES = [
  ['from', 'From'],
  ['to', 'Before'],
] as const;
const OUTCOMES: readonly { readonly value: NonNullable<GetAudit['params']['outcome']>; readonly label: string }[] = [
  { value: 'success', label: 'Success' },
  { value: 'denied', label: 'Denied' },
  { value: 'failed', label: 'Failed' },
  { value: 'dryRun', label: 'Dry run' },
];

const PAGE = 200;

type Filter = GetAudit['params'];

/** The audit, the newest first, with filters. */
export function AuditView() {
  const [typed, setTyped] = useState<Filter>({});
  const [filter, setFilter] = useState<Filter>({});
  const [hasReads, setReads] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = Object.entries(typed).filter(([, value]) => value !== '' && value !== null);
    const isTime = (name: string) => TIMES.some(([time]) => time === name);
    setFilter(
      Object.fromEntries(
        given.map(([name, value]) => [name, isTime(name) ? new Date(String(value)).toISOString() : value]),
      ),
    );
  };
  const typing = (name: keyof Filter) => (event: ChangeEvent<HTMLInputElement>) =>
    setTyped({ ...typed, [name]: event.currentTarget.value });
  return (
    <Stack>
      <Title order={1}>Audit</Title>
      <Paper withBorder p="md" component="form" onSubmit={submit} aria-label="Filters">
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} style={{ alignItems: 'end' }}>
          {FIELDS.map(([name, label]) => (
            <TextInput key={name} label={label} value={typed[name] ?? ''} onChange={typing(name)} />
          ))}
          {TIMES.map(([name, label]) => (
            <TextInput
              key={name}
              label={label}
              type="datetime-local"
              value={typed[name] ?? ''}
              onChange={typing(name)}
            />
          ))}
          <Select
            label="Outcome"
            data={OUTCOMES}
            clearable
            value={typed.outcome ?? null}
            onChange={(outcome) => setTyped({ ...typed, outcome: (outcome ?? undefined) as Filter['outcome'] })}
          />
          <Button type="submit">Search</Button>
        </SimpleGrid>
        <Switch
          mt="sm"
          label="Reads too"
          description="They are recorded as well, and are many."
          checked={hasReads}
          onChange={(event) => setReads(event.currentTarget.checked)}
        />
      </Paper>
      <Section title="Acts of administrators">
        <ActsChart />
      </Section>
      <AuditTable filter={{ ...filter, ...(hasReads ? {} : { effect: 'write' }), newestFirst: true, limit: PAGE }} />
    </Stack>
  );
}
