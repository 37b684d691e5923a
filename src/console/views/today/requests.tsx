import { Group, Text } from '@mantine/core';
import { DecideButton } from '../../commands/decideButton.tsx';
import { PlanButton } from '../../commands/planButton.tsx';
import { AccountLink } from '../../links.tsx';
import { useSession } from '../../session.tsx';
import { Waiting, WaitingRow } from './waiting.tsx';

/** Users who want to own a new module of types. */
export function ModuleRequests() {
  const { client } = useSession();
  return (
    <Waiting
      title="Requests for modules"
      none="Nobody waits for a module."
      load={async (signal) => (await client.administer.listModRequests({}, { signal })).result}
    >
      {({ moduleName, ownerUserId }) => (
        <WaitingRow key={moduleName}>
          <Text size="sm">
            <b>{moduleName}</b>, requested by <AccountLink name={ownerUserId} />
          </Text>
          <Group gap="xs">
            <PlanButton
              label="Approve"
              title={`Make the module ${moduleName}`}
              command={{ name: 'approveModRequest', module: moduleName }}
            />
            <PlanButton
              label="Deny"
              title={`Deny the module ${moduleName}`}
              command={{ name: 'denyModRequest', module: moduleName }}
            />
          </Group>
        </WaitingRow>
      )}
    </Waiting>
  );
}

/** Commands that other administrators may run only once somebody has approved them. */
export function Approvals() {
  const { client } = useSession();
  return (
    <Waiting
      title="Requests for approval"
      none="No request waits for an approval."
      load={async (signal) => (await client.administer.listApprovals({ state: 'open' }, { signal })).result.requests}
    >
      {({ request, command, by, reason, user, mayDecide }) => (
        <WaitingRow key={request}>
          <Text size="sm">
            <b>{command}</b>
            {user === undefined ? '' : ` for ${user}`}, requested by {by}
            {reason === undefined ? '' : `: ${reason}`}
          </Text>
          {mayDecide ? (
            <Group gap="xs">
              <DecideButton label="Approve" title={`${command} of ${by}`} decision="approve" request={request} />
              <DecideButton label="Deny" title={`${command} of ${by}`} decision="denyApproval" request={request} />
            </Group>
          ) : null}
        </WaitingRow>
      )}
    </Waiting>
  );
}
