import { Alert, Stack, Text } from '@mantine/core';
import { useSession } from '../session.tsx';
import { ProofForm } from './proofForm.tsx';

interface Props {
  readonly command: string;
  /** Called with a ticket open; the call can be made again. */
  readonly onOpened: () => void;
}

/** Asks for a proof of identity, and opens a ticket for one command with it. */
export function StepUp({ command, onOpened }: Props) {
  const { client } = useSession();
  return (
    <Alert color="yellow" title="Prove that it is you">
      <Stack gap="sm">
        <Text size="sm">The policy asks for a fresh proof of your identity before {command} is run.</Text>
        <ProofForm
          label="Open a ticket"
          onProof={async (proof) => {
            await client.administer.openTicket({ proof, commands: [command] });
            onOpened();
          }}
        />
      </Stack>
    </Alert>
  );
}
