import { AppShell, Badge, Burger, Button, Group, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Instant } from './instant.tsx';
import { useSession } from './session.tsx';

const VIEWS = [
  { to: '/', label: 'Today' },
  { to: '/person', label: 'Person' },
  { to: '/resource', label: 'Resource' },
  { to: '/run', label: 'Run a command' },
  { to: '/jobs', label: 'Jobs' },
  { to: '/audit', label: 'Audit' },
  { to: '/service', label: 'Service' },
  { to: '/account', label: 'Your account' },
] as const;

const ROLES = { full: 'Full administrator', readOnly: 'Read-only administrator', none: 'By the policy' } as const;

/** The frame around every view: who is signed in, and where one can go. */
export function Shell() {
  const { privileges, signOut } = useSession();
  const [isOpen, menu] = useDisclosure(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Text fw={700} size="lg">
              Steward
            </Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Text size="sm" truncate maw={160} data-testid="who">
              {privileges.user}
            </Text>
            <Button variant="default" size="xs" onClick={signOut}>
              Sign out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Views">
        <Stack justify="space-between" h="100%">
          <div>
            {VIEWS.map(({ to, label }) => (
              <NavLink
                key={to}
                label={label}
                active={path === to}
                aria-current={path === to ? 'page' : undefined}
                onClick={menu.close}
                variant="filled"
                renderRoot={(props) => <Link to={to} {...props} />}
              />
            ))}
          </div>
          <Stack gap={4} p="xs">
            <Badge variant="outline" color="gray" tt="none">
              {ROLES[privileges.role]}
            </Badge>
            {privileges.expires === undefined ? null : (
              <Text size="xs">
                until <Instant at={privileges.expires} />
              </Text>
            )}
          </Stack>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
