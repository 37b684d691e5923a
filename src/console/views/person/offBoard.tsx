import { Button, Group, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { JobView } from '../../../base/schemas/generated.ts';
import { AccountInput } from '../../accountInput.tsx';
import { PlannedCommand } from '../../commands/plannedCommand.tsx';
import { Section } from '../../section.tsx';

interface Props {
  readonly name: string;
  /** Called with the id of the job. */
  readonly onStarted: (job: string) => void;
}

/** Off-boards a user, after showing the plan. */
export function OffBoard({ name, onStarted }: Props) {
  const [to, setTo] = useState('');
  const [successor, setSuccessor] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSuccessor(to.trim());
  };
  return (
    <Section title="Off-board">
      <Text size="sm">
        Moves all that {name} owns, removes their rights, roles and friends, and closes their account.
      </Text>
      <form onSubmit={submit}>
        <Group align="end">
          <AccountInput
            label="New owner"
            description="A user, or role:NAME"
            value={to}
            onChange={(value) => {
              setTo(value);
              setSuccessor(undefined);
            }}
          />
          <Button type="submit" variant="default" disabled={to.trim() === ''}>
            Show the plan
          </Button>
        </Group>
      </form>
      {successor === undefined ? null : (
        <PlannedCommand
          key={successor}
          command={{ name: 'offboard', user: name, params: { to: successor } }}
          onDone={({ result }) => onStarted((result as JobView).job)}
        />
      )}
    </Section>
  );
}
