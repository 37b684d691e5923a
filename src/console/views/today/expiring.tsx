import { Text } from '@mantine/core';
import type { ExpiringRight } from '../../../base/schemas/generated.ts';
import type { NamedCommand } from '../../commands/equivalents.ts';
import { PlanButton } from '../../commands/planButton.tsx';
import { Instant } from '../../instant.tsx';
import { AccountLink, ResourceLink } from '../../links.tsx';
import { useSession } from '../../session.tsx';
import { Waiting, WaitingRow } from './waiting.tsx';

const WITHIN_DAYS = 7;
const EXTENDED_BY_MS = 30 * 24 * 3_600_000;

/** Rights that end soon, which can be extended. */
export function Expiring() {
  const { client, privileges } = useSession();
  return (
    <Waiting
      title="Rights that end within a week"
      none="No right ends within a week."
      load={async (signal) =>
        (await client.administer.listExpiring({ within: WITHIN_DAYS }, { signal })).result.expiring
      }
    >
      {(right) => {
        // Somebody else must decide whether the caller keeps a right.
        const extension = right.id === privileges.id ? undefined : extensionOf(right);
        return (
          <WaitingRow key={`${right.right} ${right.id} ${right.resource?.id ?? right.role ?? ''}`}>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              <AccountLink name={right.account} isRole={right.accountType === 'ApplicationRole'} />:{' '}
              <What right={right} />, until <Instant at={right.expires} />
            </Text>
            {extension === undefined ? null : (
              <PlanButton
                label="Extend by 30 days"
                title={`Extend the right of ${right.account}`}
                command={extension}
              />
            )}
          </WaitingRow>
        );
      }}
    </Waiting>
  );
}

function What({ right: { right, level, resource, role, adminRole } }: { readonly right: ExpiringRight }) {
  if (right === 'admin') return <>administrator ({adminRole ?? 'full'})</>;
  if (right === 'membership') return <>member of {role}</>;
  if (resource === undefined) return <>{level}</>;
  return (
    <>
      {level} on <ResourceLink id={resource.id} name={resource.name} />
    </>
  );
}

/** What gives the right for 30 more days. The rights of administrators have limits that only a person can decide about. */
function extensionOf({ right, expires, accountType, id, level, resource, role, account }: ExpiringRight) {
  const later = new Date(Date.parse(expires) + EXTENDED_BY_MS).toISOString();
  if (right === 'membership') {
    const params = { name: role, members: [account], expires: later };
    return { name: 'addRoleMembers', params } satisfies NamedCommand;
  }
  if (right === 'admin' || resource === undefined) return undefined;
  const grants = [{ accountType, account: `id:${id}`, level, expires: later }];
  return { name: 'setAcl', params: { id: resource.id, mode: 'merge', grants } } satisfies NamedCommand;
}
