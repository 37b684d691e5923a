import { Button, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PreviousOwnerName, ResourceView } from '../../../base/schemas/generated.ts';
import { accountNamed } from '../../accountNamed.ts';
import type { NamedCommand } from '../../commands/equivalents.ts';
import { PlannedCommand } from '../../commands/plannedCommand.tsx';
import { Section } from '../../section.tsx';

const KEEPS: readonly { readonly value: PreviousOwnerName; readonly label: string }[] = [
  { value: 'drop', label: 'nothing' },
  { value: 'read', label: 'the right to read it' },
  { value: 'keep', label: 'the right to administer it' },
];

/** Gives a resource to another owner, after showing what changes. */
export function ChangeOwner({ resource: { type, id } }: { readonly resource: ResourceView }) {
  const [owner, setOwner] = useState('');
  const [kept, setKept] = useState<PreviousOwnerName>(type === 'workspace' ? 'keep' : 'drop');
  const [command, setCommand] = useState<NamedCommand>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { accountType, name } = accountNamed(owner);
    setCommand({ name: 'changeOwnership', params: { type, id, accountType, owner: name, previousOwner: kept } });
  };
  return (
    <Section title="Change the owner">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="New owner"
            description="A user, or role:NAME"
            value={owner}
            onChange={(event) => {
              setOwner(event.currentTarget.value);
              setCommand(undefined);
            }}
          />
          <Select
            label="The previous owner keeps"
            data={KEEPS}
            value={kept}
            allowDeselect={false}
            onChange={(value) => {
              setKept((value ?? 'drop') as PreviousOwnerName);
              setCommand(undefined);
            }}
          />
          <div>
            <Button type="submit" variant="default" disabled={owner.trim() === ''}>
              Show the new owner
            </Button>
          </div>
        </Stack>
      </form>
      {command === undefined ? null : <PlannedCommand key={JSON.stringify(command)} command={command} />}
    </Section>
  );
}
