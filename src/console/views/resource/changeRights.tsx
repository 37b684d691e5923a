import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { ResourceView } from '../../../base/schemas/generated.ts';
import { accountNamed } from '../../accountNamed.ts';
import type { NamedCommand } from '../../commands/equivalents.ts';
import { PlannedCommand } from '../../commands/plannedCommand.tsx';
import { Section } from '../../section.tsx';

const LEVELS = [
  { value: 'read', label: 'read it' },
  { value: 'write', label: 'write it' },
  { value: 'admin', label: 'administer it' },
  { value: 'none', label: 'nothing any more' },
];
const VISIBILITIES = [
  { value: 'private', label: 'nobody (private)' },
  { value: 'friendly', label: 'friends of the owner (friendly)' },
  { value: 'public', label: 'everybody (public)' },
];

/** Changes a grant or the visibility of a resource, after showing what changes. */
export function ChangeRights({ resource: { id, visibility } }: { readonly resource: ResourceView }) {
  const [account, setAccount] = useState('');
  const [level, setLevel] = useState('read');
  const [seenBy, setSeenBy] = useState<string>(visibility);
  const [command, setCommand] = useState<NamedCommand>();
  const submitGrant = (event: FormEvent) => {
    event.preventDefault();
    const { accountType, name } = accountNamed(account);
    const named = { accountType, account: name };
    const change =
      level === 'none' ? { mode: 'remove', grants: [named] } : { mode: 'merge', grants: [{ ...named, level }] };
    setCommand({ name: 'setAcl', params: { id, ...change } });
  };
  const submitVisibility = (event: FormEvent) => {
    event.preventDefault();
    setCommand({ name: 'setAcl', params: { id, visibility: seenBy } });
  };
  return (
    <Section title="Change the rights">
      <form onSubmit={submitGrant}>
        <Stack gap="sm">
          <TextInput
            label="User or role"
            description="A user, or role:NAME"
            value={account}
            onChange={(event) => setAccount(event.currentTarget.value)}
          />
          <Group align="end">
            <Select
              label="May"
              data={LEVELS}
              value={level}
              allowDeselect={false}
              onChange={(v) => setLevel(v ?? 'read')}
            />
            <Button type="submit" variant="default" disabled={account.trim() === ''}>
              Show the new rights
            </Button>
          </Group>
        </Stack>
      </form>
      <form onSubmit={submitVisibility}>
        <Group align="end">
          <Select
            label="Read without a grant by"
            data={VISIBILITIES}
            value={seenBy}
            allowDeselect={false}
            onChange={(value) => setSeenBy(value ?? visibility)}
          />
          <Button type="submit" variant="default" disabled={seenBy === visibility}>
            Show the change
          </Button>
        </Group>
      </form>
      {command === undefined ? null : <PlannedCommand key={JSON.stringify(command)} command={command} />}
    </Section>
  );
}
