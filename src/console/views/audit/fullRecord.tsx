import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { readableChanges } from '../../../base/readableChanges.ts';
import type { AuditEntry, ShownNames } from '../../../base/schemas/generated.ts';
import { ChangedDocument } from '../../commands/changes.tsx';
import { PlanButton } from '../../commands/planButton.tsx';
import { Result } from '../../commands/result.tsx';
import { Copy } from '../../commands/scriptLines.tsx';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';
import { Outcome } from './outcome.tsx';

/** More would slow the page down. */
const SHOWN_CHANGES = 100;

interface Props {
  readonly record: AuditEntry;
  readonly names: ShownNames;
}

/** One record with its changes, its place in the sealed log and what can be done about it. */
export function FullRecord({ record, names }: Props) {
  const { may } = useSession();
  const { record: id, hash, actor, subject, onBehalfOf, command, params, remarks = [] } = record;
  const changes = readableChanges(record.changes, names);
  const isRevertible = record.outcome === 'success' && record.changes.length > 0;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600}>
          {command} by {actor.name}
          {onBehalfOf === undefined ? '' : ` on behalf of ${onBehalfOf.name}`}
          {subject === undefined ? '' : ` as ${subject.name}`}
        </Text>
        <Outcome record={record} />
      </Group>
      <Group>
        <Copy text={`${id} ${hash}`} label="Copy the receipt" />
        {isRevertible ? (
          <PlanButton label="Revert" title="Revert this record" command={{ name: 'revert', params: { record: id } }} />
        ) : null}
      </Group>
      <Result value={factsOf(record)} />
      {may('proveRecord') ? <SealedPlace record={id} hash={hash} /> : null}
      {params === undefined || params === null || Object.keys(params).length === 0 ? null : (
        <>
          <Text fw={600}>Parameters</Text>
          <Result value={params} />
        </>
      )}
      {remarks.map((remark) => (
        <Text key={remark} size="sm">
          {remark}
        </Text>
      ))}
      <Text fw={600}>
        {changes.length === 0 ? 'It changed nothing.' : `Changes (${changes.length.toLocaleString()})`}
      </Text>
      {changes.slice(0, SHOWN_CHANGES).map((change) => (
        <ChangedDocument key={`${change.collection}/${change.id}/${change.op}`} change={change} />
      ))}
      {changes.length > SHOWN_CHANGES ? (
        <Text size="sm">And {(changes.length - SHOWN_CHANGES).toLocaleString()} more; getAudit shows them all.</Text>
      ) : null}
    </Stack>
  );
}

function factsOf({ at, via, reason, rule, policy, authority, address, requestId, record, hash, ...more }: AuditEntry) {
  const { approval, breakGlass, error } = more;
  const approvers = approval?.approvers.map(({ name }) => name).join(', ');
  const facts = { time: at, via, error, reason, rule, approvers, breakGlass, authority, address, requestId };
  return Object.fromEntries(
    Object.entries({ ...facts, policy, record, hash }).filter(([, value]) => value !== undefined),
  );
}

interface SealedPlaceProps {
  readonly record: string;
  readonly hash: string;
}

/** Where the record is in the sealed log, with the proof that it is there. */
function SealedPlace({ record, hash }: SealedPlaceProps) {
  const { client } = useSession();
  const proof = useMutation({
    mutationFn: async () => (await client.administer.proveRecord({ record, hash })).result,
  });
  if (proof.data === undefined) {
    return (
      <>
        <Group>
          <Button size="xs" variant="default" loading={proof.isPending} onClick={() => proof.mutate()}>
            Show its place in the sealed log
          </Button>
        </Group>
        {proof.error === null ? null : <Problem error={proof.error} />}
      </>
    );
  }
  const { seq, size, leaf, proof: nodes, checkpoint } = proof.data;
  return (
    <Stack gap="xs" role="status">
      <Group gap="xs">
        <Text size="sm">
          Record {seq.toLocaleString()} of {size.toLocaleString()} in the sealed log.
        </Text>
        <Copy text={JSON.stringify(proof.data)} label="Copy the proof" />
      </Group>
      <Result value={{ leaf, proof: nodes.length === 0 ? 'It is the only record.' : nodes.join(' ') }} />
      <Code block>{checkpoint}</Code>
    </Stack>
  );
}
