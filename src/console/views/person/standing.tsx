import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AdminListing } from '../../../base/schemas/generated.ts';
import { Instant } from '../../instant.tsx';
import { AccountLink } from '../../links.tsx';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';

interface Props {
  readonly name: string;
}

/** What the user may do as an administrator. */
export function AdminRights({ name }: Props) {
  const { client } = useSession();
  return (
    <Loaded
      title="Administrator"
      none="They administer nothing."
      queryKey={['admin', name]}
      load={async (signal) => {
        const { result } = await client.administer.listAdmins({ detail: true }, { signal });
        return result.filter(({ user }) => user === name);
      }}
    >
      {(admin) => <Rights key={admin.role} admin={admin} />}
    </Loaded>
  );
}

function Rights({ admin: { role, source, commands, as, expires, delegatedOnly } }: { readonly admin: AdminListing }) {
  return (
    <>
      <Text size="sm">
        {role === 'full' ? 'Every command' : 'Commands that read'}
        {source === 'config' ? ', by the configuration' : ''}
        {expires === undefined ? '' : ', until '}
        {expires === undefined ? null : <Instant at={expires} />}.
      </Text>
      {commands === undefined ? null : <Text size="sm">Only {commands.join(', ')}.</Text>}
      {as === undefined ? null : <Text size="sm">Only as {as.join(', ')}.</Text>}
      {delegatedOnly === true ? <Text size="sm">Only on behalf of a user.</Text> : null}
    </>
  );
}

/** The roles that the user is in. */
export function Roles({ name }: Props) {
  const { client } = useSession();
  return (
    <Loaded
      title="Roles"
      none="They are in no role."
      queryKey={['roles', name]}
      load={async (signal) => (await client.administer.listRoles({ member: name }, { signal })).result.roles}
    >
      {(role) => (
        <Text key={role.id} size="sm">
          <AccountLink name={role.name} isRole />
        </Text>
      )}
    </Loaded>
  );
}

const AGREED = { both: '', user: ' (only they agreed)', friend: ' (only the friend agreed)' } as const;

/** The friends of the user. */
export function Friends({ name }: Props) {
  const { client } = useSession();
  return (
    <Loaded
      title="Friends"
      none="They have no friends here."
      queryKey={['friends', name]}
      load={async (signal) => (await client.administer.listFriends({ user: name }, { signal })).result.friends}
    >
      {({ friend, agreed }) => (
        <Text key={friend} size="sm">
          <AccountLink name={friend} />
          {AGREED[agreed]}
        </Text>
      )}
    </Loaded>
  );
}

interface LoadedProps<T> {
  readonly title: string;
  readonly none: string;
  readonly queryKey: readonly string[];
  readonly load: (signal: AbortSignal) => Promise<readonly T[]>;
  readonly children: (item: T) => ReactNode;
}

function Loaded<T>({ title, none, queryKey, load, children }: LoadedProps<T>) {
  const { data, error, isPending } = useQuery({ queryKey, queryFn: ({ signal }) => load(signal) });
  return (
    <Section title={title}>
      {isPending ? <Loader size="sm" aria-label={`Loading: ${title}`} /> : null}
      {error === null ? null : <Problem error={error} />}
      {data?.length === 0 ? <Text size="sm">{none}</Text> : null}
      {data?.map(children)}
    </Section>
  );
}
