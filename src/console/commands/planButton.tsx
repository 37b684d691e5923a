import { useSession } from '../session.tsx';
import { DialogButton } from './dialogButton.tsx';
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
  if (!may(command.name)) return null;
  return (
    <DialogButton label={label} title={title}>
      <PlannedCommand command={command} />
    </DialogButton>
  );
}
