import { Button, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { DryRun } from '../../base/schemas/generated.ts';
import { type Answer, StewardCallError } from '../../client/client.ts';
import { Problem } from '../problem.tsx';
import { useSession } from '../session.tsx';
import { PlannedChanges } from './changes.tsx';
import type { NamedCommand } from './equivalents.ts';
import { ReceiptCard } from './receiptCard.tsx';
import { StepUp } from './stepUp.tsx';

interface Props {
  readonly command: NamedCommand;
  /** Whether the command has a reason among its parameters; the audit then needs no other. */
  readonly hasReason?: boolean;
  readonly onDone?: (answer: Answer<unknown>) => void;
}

/** A new random key. Unlike randomUUID, this works on pages without TLS too. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const reasonOf = (error: unknown) => (error instanceof StewardCallError ? error.reason : undefined);

/** Shows what a write would change, and carries out exactly that. */
export function PlannedCommand({ command, hasReason = false, onDone }: Props) {
  const { client } = useSession();
  const [reason, setReason] = useState('');
  const { name, ...parts } = command;
  const dry = useMutation({
    mutationFn: async () => {
      const { result } = await client.command(name, parts, { dryRun: true });
      // The key belongs to the plan: however often the plan is applied, it is carried out once.
      return { plan: result as DryRun, idempotencyKey: newKey() };
    },
  });
  const write = useMutation({
    mutationFn: ({ plan, idempotencyKey }: { readonly plan: DryRun; readonly idempotencyKey: string }) =>
      client.command(name, parts, {
        plan: plan.plan,
        idempotencyKey,
        ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
      }),
    onSuccess: onDone,
  });
  const look = () => {
    write.reset();
    dry.mutate();
  };
  // The key of this component changes with the command, so that it looks once for each.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the functions are others at each rendering
  useEffect(look, []);

  if (write.data !== undefined) return <ReceiptCard receipt={write.data.receipt} title={`${name} was carried out`} />;
  const error = write.error ?? dry.error;
  const retry = () => (write.error !== null && dry.data !== undefined ? write.mutate(dry.data) : look());
  return (
    <Stack gap="md">
      {dry.isPending ? (
        <Group gap="xs" role="status">
          <Loader size="sm" /> <Text>Looking at what would change…</Text>
        </Group>
      ) : null}
      {dry.data === undefined ? null : <PlannedChanges plan={dry.data.plan} />}
      {error === null ? null : <Problem error={error} />}
      {reasonOf(error) === 'ticket_required' ? <StepUp command={name} onOpened={retry} /> : null}
      {dry.data === undefined || hasReason ? null : (
        <TextInput
          label="Reason"
          description="Kept in the audit record."
          value={reason}
          maxLength={1000}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
      <Group>
        {dry.data === undefined ? null : (
          <Button
            loading={write.isPending}
            disabled={reasonOf(error) === 'plan_stale'}
            onClick={() => dry.data && write.mutate(dry.data)}
          >
            Apply exactly this plan
          </Button>
        )}
        <Button variant="default" onClick={look} disabled={dry.isPending || write.isPending}>
          Look again
        </Button>
      </Group>
    </Stack>
  );
}
