import { Button, Group, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { ProofOfIdentity } from '../../base/schemas/generated.ts';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';
import { signedByPasskey } from './passkey.ts';

const LABELS = {
  passkey: 'Passkey',
  password: 'Password',
  totp: 'Code of the app',
  recoveryCode: 'Recovery code',
  token: 'New token',
} as const;
type ProofName = keyof typeof LABELS;

interface Props {
  /** What is done with the proof, on the button. */
  readonly label: string;
  readonly onProof: (proof: ProofOfIdentity) => Promise<unknown>;
}

/** Asks for a proof of identity of one of the kinds that the caller has. */
export function ProofForm({ label, onProof }: Props) {
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
  const prove = useMutation({
    mutationFn: async (name: ProofName) =>
      onProof(name === 'passkey' ? { passkey: await signedByPasskey(client) } : { [name]: value }),
    onSettled: () => setValue(''),
  });
  if (proofs.error !== null) return <Problem error={proofs.error} />;
  if (kind === undefined) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    prove.mutate(kind);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <SegmentedControl
          value={kind}
          onChange={(name) => choose(name as ProofName)}
          data={proofs.data?.map((name) => ({ value: name, label: LABELS[name] })) ?? []}
        />
        {kind === 'passkey' ? (
          <Text size="sm">The browser asks for your passkey.</Text>
        ) : (
          <PasswordInput
            label={LABELS[kind]}
            value={value}
            onChange={(e) => setValue(e.currentTarget.value)}
            autoComplete="off"
          />
        )}
        {prove.error === null ? null : <Problem error={prove.error} />}
        <Group>
          <Button type="submit" loading={prove.isPending} disabled={kind !== 'passkey' && value === ''}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
