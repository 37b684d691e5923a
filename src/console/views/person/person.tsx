import { Button, Group, Stack, Title } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { AccountInput } from '../../accountInput.tsx';
import { EmptyState } from '../../emptyState.tsx';
import { RoleDetails } from './roleDetails.tsx';
import { UserDetails } from './userDetails.tsx';

/** What a user or a role owns and was given, what was done by them and to them, and how a user is off-boarded. */
export function PersonView() {
  const { name } = useSearch({ from: '/person' });
  const navigate = useNavigate();
  const [typed, setTyped] = useState(name ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/person', search: { name: typed.trim() || undefined } });
  };
  const role = /^role:(.+)$/.exec(name ?? '')?.[1];
  return (
    <Stack maw={1100}>
      <Title order={1}>Person</Title>
      <form onSubmit={submit}>
        <Group align="end">
          <AccountInput label="User or role" description="A user, or role:NAME" value={typed} onChange={setTyped} />
          <Button type="submit">Look up</Button>
        </Group>
      </form>
      {name === undefined ? (
        <EmptyState title="Nobody looked up yet">
          Type the name of a user to see what they own and what they did.
        </EmptyState>
      ) : role === undefined ? (
        <UserDetails key={name} name={name} />
      ) : (
        <RoleDetails key={name} role={role} />
      )}
    </Stack>
  );
}
