import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useSession } from '../session.tsx';
import type { NamedCommand } from './equivalents.ts';
import { PlannedCommand } from './plannedCommand.tsx';

interface Props {
  readonly label: string;
  /** What the dialog is about, for readers of its title. */
  readonly title: string;
  readonly command: NamedCommand;
}

/** A button for a write that first shows, in a dialog, what would change. Absent where the caller may not run it. */
export function PlanButton({ label, title, command }: Props) {
  const { may } = useSession();
  const queries = useQueryClient();
  // What the page shows is read again only then: the row of this button may go, and its dialog with the receipt.
  const onClose = () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'discovery' });
  const [isOpen, dialog] = useDisclosure(false, { onClose });
  if (!may(command.name)) return null;
  return (
    <>
      <Button size="xs" variant="default" onClick={dialog.open}>
        {label}
      </Button>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={title}
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <PlannedCommand command={command} />
      </Modal>
    </>
  );
}
