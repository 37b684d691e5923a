import { Code, Group, Text } from '@mantine/core';
import type { NamedPolicyRule, PolicyRequirement } from '../../../base/schemas/generated.ts';
import { Copy } from '../../commands/scriptLines.tsx';
import { DataTable } from '../../dataTable.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

/** The policy that is in force, and its rules for the caller. */
export function Policy() {
  const { privileges } = useSession();
  const { policy, rules = [] } = privileges;
  return (
    <Section title="Policy">
      {policy === undefined ? (
        <Text size="sm">There is no policy file: the roles of the administrators decide.</Text>
      ) : (
        <Group gap="xs">
          <Text size="sm">Digest of the file when you signed in:</Text>
          <Code>{policy}</Code>
          <Copy text={policy} label="Copy the digest" />
        </Group>
      )}
      {rules.length === 0 ? null : <Rules label="Rules that name you" rules={rules} />}
    </Section>
  );
}

/** Rules of the policy with what they do. */
export function Rules({ label, rules }: { readonly label: string; readonly rules: readonly NamedPolicyRule[] }) {
  return (
    <DataTable
      label={label}
      columns={[
        { title: 'Rule', cell: ({ name }) => name },
        { title: 'Line', cell: ({ line }) => line },
        { title: 'Effect', cell: ({ effect }) => effect },
        { title: 'Requires', cell: ({ requires = [] }) => requires.map(requirementText).join('; ') || '–' },
      ]}
      rows={rules}
      keyOf={({ name, line }) => `${name} ${line}`}
    />
  );
}

/** A requirement of the policy in words. */
export function requirementText({ kind, rule, pattern, maxMinutes, count, met, missing }: PolicyRequirement): string {
  const what = {
    reason: pattern === undefined ? 'a reason' : `a reason that matches ${pattern}`,
    ticket: maxMinutes === undefined ? 'a ticket' : `a ticket whose proof is at most ${maxMinutes} minutes old`,
    approvals: `${count ?? 1} ${count === undefined || count === 1 ? 'approval' : 'approvals'}`,
  }[kind];
  const state = met === true ? ' (there already)' : missing === undefined ? '' : ` (missing: ${missing})`;
  return `${what}, by the rule ${rule}${state}`;
}
