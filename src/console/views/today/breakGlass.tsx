import { Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { AdminListing, BreakGlassVerdict } from '../../../base/schemas/generated.ts';
import { DialogButton } from '../../commands/dialogButton.tsx';
import type { NamedCommand } from '../../commands/equivalents.ts';
import { PlannedCommand } from '../../commands/plannedCommand.tsx';
import { Instant } from '../../instant.tsx';
import { AccountLink } from '../../links.tsx';
import { useSession } from '../../session.tsx';
import { Waiting, WaitingRow } from './waiting.tsx';

type Used = NonNullable<AdminListing['brokeGlass']>;

/** Uses of break-glass that nobody has reviewed yet. */
export function BreakGlass() {
  const { client, may } = useSession();
  const load = async (signal: AbortSignal) => {
    const { result } = await client.administer.listAdmins({ detail: true }, { signal });
    return result.flatMap(({ user, brokeGlass }) => (brokeGlass === undefined ? [] : [{ user, ...brokeGlass }]));
  };
  return (
    <Waiting title="Break-glass to review" none="Nobody has used break-glass." load={load}>
      {({ user, at, until, reason }: Used & { readonly user: string }) => (
        <WaitingRow key={user}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            <AccountLink name={user} />, <Instant at={at} /> until <Instant at={until} />: {reason}
          </Text>
          {may('reviewBreakGlass') ? <ReviewButton user={user} /> : null}
        </WaitingRow>
      )}
    </Waiting>
  );
}

function ReviewButton({ user }: { readonly user: string }) {
  const title = `Review break-glass of ${user}`;
  return (
    <DialogButton label="Review" spoken={title} title={title}>
      <Review user={user} />
    </DialogButton>
  );
}

function Review({ user }: { readonly user: string }) {
  const [verdict, setVerdict] = useState<BreakGlassVerdict>('justified');
  const [comment, setComment] = useState('');
  const [command, setCommand] = useState<NamedCommand>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setCommand({ name: 'reviewBreakGlass', user, params: { verdict, comment: comment.trim() } });
  };
  if (command !== undefined) return <PlannedCommand command={command} hasReason />;
  return (
    <form onSubmit={submit}>
      <Stack>
        <SegmentedControl
          aria-label="Verdict"
          value={verdict}
          onChange={(value) => setVerdict(value as BreakGlassVerdict)}
          data={[
            { value: 'justified', label: 'Justified' },
            { value: 'unjustified', label: 'Not justified' },
          ]}
        />
        <TextInput
          label="What the review found"
          description="Kept in the audit record."
          required
          maxLength={1000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" disabled={comment.trim() === ''}>
            Go on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
