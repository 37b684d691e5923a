import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Problem } from './problem.tsx';
import { type SignedIn, signIn } from './session.tsx';

/** Signs in with a token. */
export function TokenSignIn({ onSignedIn }: { readonly onSignedIn: (signedIn: SignedIn) => void }) {
  const [token, setToken] = useState('');
  const attempt = useMutation({ mutationFn: () => signIn(token.trim()), onSuccess: onSignedIn });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <form onSubmit={submit}>
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
    </form>
  );
}
