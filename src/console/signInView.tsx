import { Button, Container, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Problem } from './problem.tsx';
import { signIn } from './session.tsx';

type SignedIn = Awaited<ReturnType<typeof signIn>>;

/** Asks for a token. It is kept in memory until the page is left. */
export function SignInView({ onSignedIn }: { readonly onSignedIn: (session: SignedIn) => void }) {
  const [token, setToken] = useState('');
  const attempt = useMutation({ mutationFn: () => signIn(token.trim()), onSuccess: onSignedIn });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <Container size={440} py={{ base: 'xl', sm: 96 }} component="main">
      <Title order={1} ta="center" mb={4}>
        Steward
      </Title>
      <Text ta="center" c="var(--quiet-text)" mb="lg">
        The console for administrators
      </Text>
      <Paper withBorder p="lg" radius="md" component="form" onSubmit={submit}>
        <Stack>
          <PasswordInput
            label="Token"
            description="A token of your sign-in, or one that `steward token` prints."
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
            required
          />
          {attempt.error === null ? null : <Problem error={attempt.error} title="You are not signed in" />}
          <Button type="submit" loading={attempt.isPending} disabled={token.trim() === ''}>
            Sign in
          </Button>
          <Text size="xs" c="var(--quiet-text)">
            The token stays in the memory of this page. Signing out, reloading or closing it forgets the token.
          </Text>
        </Stack>
      </Paper>
    </Container>
  );
}
