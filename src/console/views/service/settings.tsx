import { Button, Group, Loader, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { NamedCommand } from '../../commands/equivalents.ts';
import { PlannedCommand } from '../../commands/plannedCommand.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

/** The settings that can be changed while the service runs. */
export function Settings() {
  const { client } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: ['config'],
    queryFn: async ({ signal }) => (await client.administer.getConfig({}, { signal })).result.config,
  });
  return (
    <Section title="Settings">
      {error === null ? null : <Problem error={error} />}
      {data === undefined && error === null ? <Loader size="sm" aria-label="Loading the settings" /> : null}
      {Object.entries(data ?? {}).map(([name, value]) => (
        <Setting key={name} name={name} value={value} onChanged={() => void refetch()} />
      ))}
    </Section>
  );
}

interface SettingProps {
  readonly name: string;
  readonly value: unknown;
  readonly onChanged: () => void;
}

function Setting({ name, value, onChanged }: SettingProps) {
  const { may } = useSession();
  const [typed, setTyped] = useState(String(value));
  const [command, setCommand] = useState<NamedCommand>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setCommand({ name: 'setConfig', params: { set: { [name]: typeof value === 'number' ? Number(typed) : typed } } });
  };
  return (
    <>
      <form onSubmit={submit}>
        <Group align="end">
          <TextInput
            label={name}
            value={typed}
            readOnly={!may('setConfig')}
            inputMode={typeof value === 'number' ? 'numeric' : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
            miw={280}
          />
          {may('setConfig') ? (
            <Button type="submit" variant="default" disabled={typed === String(value)}>
              Show the change
            </Button>
          ) : null}
        </Group>
      </form>
      {command === undefined ? null : (
        <PlannedCommand key={JSON.stringify(command)} command={command} onDone={onChanged} />
      )}
    </>
  );
}
