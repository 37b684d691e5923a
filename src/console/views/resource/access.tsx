import { Button, Group, Loader, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Explain, ResourceAcl, ResourceView } from '../../../base/schemas/generated.ts';
import { DataTable } from '../../dataTable.tsx';
import { Instant } from '../../instant.tsx';
import { AccountLink, ResourceLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

const VISIBILITY = {
  public: 'Everybody may read it.',
  friendly: 'The friends of its owners may read it.',
  private: 'Nobody else may read it.',
} as const;

interface Row {
  readonly name: string;
  readonly isRole: boolean;
  readonly level: string;
  readonly why: string;
  readonly expires?: string | undefined;
}

function rowsOf({ owners, grants }: ResourceAcl): readonly Row[] {
  return [
    ...owners.map(({ accountType, owner }) => ({
      ...{ name: owner, isRole: accountType === 'ApplicationRole' },
      ...{ level: 'owner', why: 'owns it' },
    })),
    ...grants.map(({ accountType, account, level, expires }) => ({
      ...{ name: account, isRole: accountType === 'ApplicationRole' },
      ...{ level, why: 'was granted it', expires },
    })),
  ];
}

/** Who may do what with a resource, and for any user the answer of the service and its reason. */
export function Access({ resource }: { readonly resource: ResourceView }) {
  const { client, may } = useSession();
  const acl = useQuery({
    queryKey: ['acl', resource.id],
    queryFn: async ({ signal }) => (await client.administer.getAcl({ id: resource.id }, { signal })).result,
  });
  return (
    <Section title="Who may do what">
      {acl.isPending ? <Loader size="sm" aria-label="Loading the rights" /> : null}
      {acl.error === null ? null : <Problem error={acl.error} />}
      {acl.data === undefined ? null : (
        <>
          {acl.data.id === resource.id ? null : (
            <Text size="sm">
              It has no rights of its own: those of the {acl.data.type}{' '}
              <ResourceLink id={acl.data.id} name={acl.data.externalId ?? acl.data.id} /> count.
            </Text>
          )}
          <DataTable
            label="Owners and grants"
            columns={[
              { title: 'Account', cell: ({ name, isRole }) => <AccountLink name={name} isRole={isRole} /> },
              { title: 'Level', cell: ({ level }) => level },
              { title: 'Why', cell: ({ why }) => why },
              { title: 'Until', cell: ({ expires }) => (expires === undefined ? '–' : <Instant at={expires} />) },
            ]}
            rows={rowsOf(acl.data)}
            keyOf={({ name, isRole, level }) => `${isRole} ${name} ${level}`}
          />
          <Text size="sm">{VISIBILITY[acl.data.visibility]} Administrators may do everything.</Text>
          {may('explain') ? <AccessOfUser id={resource.id} acl={acl.data} /> : null}
        </>
      )}
    </Section>
  );
}

function AccessOfUser({ id, acl }: { readonly id: string; readonly acl: ResourceAcl }) {
  const { client } = useSession();
  const [user, setUser] = useState('');
  const asked = useMutation({
    mutationFn: async (name: string) => {
      const { result } = await client.administer.explain({ command: 'getResource', user: name, params: { id } });
      return { name, ...result };
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    asked.mutate(user.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group align="end">
        <TextInput label="What may this user do?" value={user} onChange={(e) => setUser(e.currentTarget.value)} />
        <Button type="submit" variant="default" disabled={user.trim() === ''} loading={asked.isPending}>
          Ask
        </Button>
        <div role="status">
          {asked.data === undefined ? null : (
            <Text size="sm" pb={8}>
              {answerOf(asked.data, acl)}
            </Text>
          )}
        </div>
      </Group>
      {asked.error === null ? null : <Problem error={asked.error} />}
    </form>
  );
}

/** The decision of the service in a sentence. */
function answerOf({ name, access, refusal }: Explain['result'] & { readonly name: string }, acl: ResourceAcl): string {
  if (access === undefined) return refusal?.message ?? `${name} is no user of this service who can be acted as.`;
  const { level, reason } = access;
  const may = level === 'none' ? 'may do nothing with it' : level === 'owner' ? 'may do everything' : `may ${level}`;
  return `${name} ${may}: ${becauseOf(reason, acl)}.`;
}

const REASONS: Readonly<Record<string, string>> = {
  owner: 'they own it',
  grant: 'they were granted it',
  friend: 'they are a friend of an owner',
  public: 'everybody may',
  admin: 'they administer the service',
  nothing: 'nothing gives them a right',
};

function becauseOf(reason: string, { owners, grants }: ResourceAcl): string {
  const id = /^role:(.*)$/.exec(reason)?.[1];
  if (id === undefined) return REASONS[reason] ?? reason;
  const role = grants.find((grant) => grant.id === id)?.account ?? owners.find((owner) => owner.id === id)?.owner;
  return `through the role ${role ?? id}`;
}
