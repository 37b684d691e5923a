import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  /** What a screen reader says instead of the label. */
  readonly spoken?: string;
  /** What the dialog is about. */
  readonly title: string;
  /** What the dialog shows. */
  readonly children: ReactNode;
}

/** A button that opens a dialog with a write. */
export function DialogButton({ label, spoken, title, children }: Props) {
  const queries = useQueryClient();
  // What the page shows is read again only then: the row of this button may go, and its dialog with the receipt.
  const onClose = () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'discovery' });
  const [isOpen, dialog] = useDisclosure(false, { onClose });
  return (
    <>
      <Button size="xs" variant="default" onClick={dialog.open} aria-label={spoken}>
        {label}
      </Button>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={title}
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {children}
      </Modal>
    </>
  );
}
