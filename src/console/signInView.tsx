import { Container, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { PasswordSignIn } from './passwordSignIn.tsx';
import type { SignedIn } from './session.tsx';
import { TokenSignIn } from './tokenSignIn.tsx';

interface Props {
  readonly onSignedIn: (signedIn: SignedIn) => void;
}

/** Asks for a token, or for a name and a password. What is typed is kept in memory until the page is left. */
export function SignInView({ onSignedIn }: Props) {
  const [way, setWay] = useState('token');
  return (
    <Container size={440} py={{ base: 'xl', sm: 96 }} component="main">
      <Title order={1} ta="center" mb={4}>
        Steward
      </Title>
      <Text ta="center" c="var(--quiet-text)" mb="lg">
        The console for administrators
      </Text>
      <Paper withBorder p="lg" radius="md">
        <Stack>
          <SegmentedControl
            aria-label="How to sign in"
            fullWidth
            value={way}
            onChange={setWay}
            data={[
              { value: 'token', label: 'With a token' },
              { value: 'password', label: 'With a password' },
            ]}
          />
          {way === 'token' ? <TokenSignIn onSignedIn={onSignedIn} /> : <PasswordSignIn onSignedIn={onSignedIn} />}
        </Stack>
      </Paper>
    </Container>
  );
}
