import { Badge, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SessionView } from '../base/schemas/generated.ts';
import { Instant } from './instant.tsx';

interface Props {
  readonly sessions: readonly SessionView[];
  /** What can be done with a session. */
  readonly action: (session: SessionView) => ReactNode;
}

/** Open sessions: what began them, from where, when, and until when they last. */
export function SessionList({ sessions, action }: Props) {
  return (
    <Stack gap="sm">
      {sessions.map((session) => (
        <Group key={session.id} justify="space-between">
          <div>
            <Group gap="xs">
              <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
                {nameOf(session)}
              </Text>
              {session.current === true ? (
                <Badge variant="outline" tt="none">
                  this one
                </Badge>
              ) : null}
            </Group>
            <Facts session={session} />
          </div>
          {action(session)}
        </Group>
      ))}
    </Stack>
  );
}

/** What the session is called: by the program that began it, or by what it is for. */
export const nameOf = ({ client, kind }: SessionView): string =>
  client ?? (kind === 'cookie' ? 'The G-Node portal' : 'A program without a name');

function Facts({ session: { address, withCode, started, lastUsed, expires } }: { readonly session: SessionView }) {
  return (
    <Text size="sm">
      {address === undefined ? '' : `From ${address}${withCode === true ? ', with a code' : ''}, `}
      {started === undefined ? null : (
        <>
          since <Instant at={started} />,{' '}
        </>
      )}
      {lastUsed === undefined ? null : (
        <>
          last used <Instant at={lastUsed} />,{' '}
        </>
      )}
      until <Instant at={expires} />
    </Text>
  );
}
