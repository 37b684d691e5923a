import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PasskeyView } from '../../../base/schemas/generated.ts';
import { madePasskey } from '../../commands/passkey.ts';
import { ProofForm } from '../../commands/proofForm.tsx';
import { Instant } from '../../instant.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

const KEY = ['passkeys'];

/** The passkeys of the caller. To add or remove one takes a proof of identity. */
export function OwnPasskeys() {
  const { client } = useSession();
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<PasskeyView>();
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await client.administer.listMyTickets({}, { signal })).result.passkeys ?? [],
  });
  const add = (
    <Button size="xs" variant="default" onClick={() => setAdding(true)}>
      Add a passkey
    </Button>
  );
  return (
    <Section title="Passkeys" action={add}>
      {error === null ? null : <Problem error={error} />}
      {data?.length === 0 ? (
        <Text size="sm">None. A passkey proves that it is you, without a code to type.</Text>
      ) : null}
      {data?.map((passkey) => (
        <Group key={passkey.id} justify="space-between">
          <Text size="sm">
            {passkey.name}, added <Instant at={passkey.added} />
          </Text>
          <Button
            size="xs"
            variant="default"
            aria-label={`Remove the passkey ${passkey.name}`}
            onClick={() => setRemoved(passkey)}
          >
            Remove
          </Button>
        </Group>
      ))}
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title="Add a passkey"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <AddPasskey onDone={() => setAdding(false)} />
      </Modal>
      <Modal
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove the passkey ${removed?.name ?? ''}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {removed === undefined ? null : <RemovePasskey passkey={removed} onDone={() => setRemoved(undefined)} />}
      </Modal>
    </Section>
  );
}

interface Done {
  readonly onDone: () => void;
}

/** Reads again what proofs and passkeys there are. */
function useChanged(onDone: () => void): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([KEY, ['proofs']].map((queryKey) => queries.invalidateQueries({ queryKey })));
    onDone();
  };
}

function AddPasskey({ onDone }: Done) {
  const { client } = useSession();
  const [name, setName] = useState('');
  const changed = useChanged(onDone);
  return (
    <Stack>
      <TextInput
        label="Name"
        description="What you call the device, such as: laptop."
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <Text size="sm">Prove first that it is you; the browser then makes the passkey.</Text>
      <ProofForm
        label="Make the passkey"
        onProof={async (proof) => {
          const { options } = (await client.administer.enrolPasskey({ proof })).result;
          const answer = await madePasskey(options);
          await client.administer.confirmPasskey({ name: name.trim() || 'A passkey', answer });
          await changed();
        }}
      />
    </Stack>
  );
}

function RemovePasskey({ passkey, onDone }: Done & { readonly passkey: PasskeyView }) {
  const { client } = useSession();
  const changed = useChanged(onDone);
  return (
    <ProofForm
      label="Remove it"
      onProof={async (proof) => {
        await client.administer.removePasskey({ passkey: passkey.id, proof });
        await changed();
      }}
    />
  );
}
