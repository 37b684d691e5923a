import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { StewardCallError } from '../client/client.ts';
import { Problem } from './problem.tsx';
import { type SignedIn, signInWithPassword } from './session.tsx';

const lacksCode = (error: unknown) => error instanceof StewardCallError && error.reason === 'totp_required';

/** Signs in with the name and the password of a local account, and the code of its authenticator app if it has one. */
export function PasswordSignIn({ onSignedIn }: { readonly onSignedIn: (signedIn: SignedIn) => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const attempt = useMutation({
    mutationFn: () => signInWithPassword({ name: name.trim(), password, ...(needsCode ? { code: code.trim() } : {}) }),
    onSuccess: onSignedIn,
    onError: (error) => {
      setCode('');
      if (lacksCode(error)) setNeedsCode(true);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  const isComplete = name.trim() !== '' && password !== '' && (!needsCode || code.trim() !== '');
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="Of an account of this service, with a password."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="username"
          required
        />
        <PasswordInput
          label="Password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
        />
        {needsCode ? (
          <TextInput
            label="Code"
            description="What your authenticator app shows, or a recovery code."
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            autoComplete="one-time-code"
            data-autofocus
            required
          />
        ) : null}
        {attempt.error === null || lacksCode(attempt.error) ? null : (
          <Problem error={attempt.error} title="You are not signed in" />
        )}
        <Button type="submit" loading={attempt.isPending} disabled={!isComplete}>
          Sign in
        </Button>
        <Text size="xs" c="var(--quiet-text)">
          Nothing is stored in this browser. Signing out ends the session.
        </Text>
      </Stack>
    </form>
  );
}
