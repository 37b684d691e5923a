import { Alert, Button, Group, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';

const LABELS = {
  password: 'Password',
  totp: 'Code of the app',
  recoveryCode: 'Recovery code',
  token: 'New token',
} as const;
type ProofName = keyof typeof LABELS;

interface Props {
  readonly command: string;
  /** Called with a ticket open; the call can be made again. */
  readonly onOpened: () => void;
}

/** Asks for a proof of identity, and opens a ticket for one command with it. */
export function StepUp({ command, onOpened }: Props) {
  const { client } = useSession();
  const proofs = useQuery({
    queryKey: ['proofs'],
    queryFn: async () => (await client.administer.listMyTickets()).result.proofs,
    // An app may have been enrolled a moment ago.
    staleTime: 0,
  });
  const [chosen, choose] = useState<ProofName>();
  const [value, setValue] = useState('');
  const kind = chosen ?? proofs.data?.[0];
  const open = useMutation({
    mutationFn: () => client.administer.openTicket({ proof: { [kind ?? 'password']: value }, commands: [command] }),
    onSuccess: onOpened,
    onSettled: () => setValue(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    open.mutate();
  };
  if (proofs.error !== null) return <Problem error={proofs.error} />;
  if (kind === undefined) return null;
  return (
    <Alert color="yellow" title="Prove that it is you">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">The policy asks for a fresh proof of your identity before {command} is run.</Text>
          <SegmentedControl
            value={kind}
            onChange={(name) => choose(name as ProofName)}
            data={proofs.data?.map((name) => ({ value: name, label: LABELS[name] })) ?? []}
          />
          <PasswordInput
            label={LABELS[kind]}
            value={value}
            onChange={(e) => setValue(e.currentTarget.value)}
            autoComplete="off"
          />
          {open.error === null ? null : <Problem error={open.error} />}
          <Group>
            <Button type="submit" loading={open.isPending} disabled={value === ''}>
              Open a ticket
            </Button>
          </Group>
        </Stack>
      </form>
    </Alert>
  );
}
