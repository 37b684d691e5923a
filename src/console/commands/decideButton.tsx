import { Button, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { readableChanges } from '../../base/readableChanges.ts';
import type { RecordedChange } from '../../base/schemas/generated.ts';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';
import { ChangedDocument } from './changes.tsx';
import { DialogButton } from './dialogButton.tsx';
import { PlannedCommand } from './plannedCommand.tsx';
import { Result } from './result.tsx';

interface Props {
  readonly label: string;
  readonly title: string;
  readonly decision: 'approve' | 'denyApproval';
  /** The id of the request for approval. */
  readonly request: string;
}

/** A button that decides on a request for approval: it shows what is asked for, and asks why. */
export function DecideButton({ label, title, decision, request }: Props) {
  const { may } = useSession();
  if (!may(decision)) return null;
  return (
    <DialogButton label={label} spoken={`${label}: ${title}`} title={`${label}: ${title}`}>
      <Decision decision={decision} request={request} />
    </DialogButton>
  );
}

function Decision({ decision, request }: Pick<Props, 'decision' | 'request'>) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setReason(typed.trim());
  };
  if (reason !== undefined)
    return <PlannedCommand command={{ name: decision, params: { request, reason } }} hasReason />;
  return (
    <Stack>
      <RequestedChanges request={request} />
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Why"
            description="Whoever asked for it sees this."
            required
            maxLength={1000}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" disabled={typed.trim() === ''}>
              Go on
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

/** What the requested command would change. */
function RequestedChanges({ request }: Pick<Props, 'request'>) {
  const { client } = useSession();
  const { data, error } = useQuery({
    queryKey: ['approval', request],
    queryFn: async ({ signal }) => (await client.administer.getApproval({ request }, { signal })).result,
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <Loader size="sm" aria-label="Loading the request" />;
  // The schema leaves their form open; they are the changes of a dry run.
  const changes = readableChanges((data.changes ?? []) as unknown as readonly RecordedChange[], data.names);
  const more = data.moreChanges ?? 0;
  return (
    <Stack gap="sm">
      {Object.keys(data.params).length === 0 ? null : <Result value={data.params} />}
      <Text fw={600}>If it is approved, {data.command} may change:</Text>
      {changes.map((change) => (
        <ChangedDocument key={`${change.collection}/${change.id}/${change.op}`} change={change} />
      ))}
      {changes.length === 0 ? <Text size="sm">Nothing.</Text> : null}
      {more === 0 ? null : <Text size="sm">And {more.toLocaleString()} more changes.</Text>}
    </Stack>
  );
}
