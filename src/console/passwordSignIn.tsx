import { PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { StewardCallError } from '../client/client.ts';
import { type SignedIn, signInWithPassword } from './session.tsx';
import { SignInForm } from './signInForm.tsx';

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
  const isComplete = name.trim() !== '' && password !== '' && (!needsCode || code.trim() !== '');
  return (
    <SignInForm
      attempt={attempt}
      isComplete={isComplete}
      isExplained={lacksCode(attempt.error)}
      note="Nothing is stored in this browser. Signing out ends the session."
    >
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
    </SignInForm>
  );
}
