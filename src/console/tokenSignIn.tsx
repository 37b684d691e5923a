import { Code, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type SignedIn, signIn } from './session.tsx';
import { SignInForm } from './signInForm.tsx';

/** Signs in with a token. */
export function TokenSignIn({ onSignedIn }: { readonly onSignedIn: (signedIn: SignedIn) => void }) {
  const [token, setToken] = useState('');
  const attempt = useMutation({ mutationFn: () => signIn(token.trim()), onSuccess: onSignedIn });
  return (
    <SignInForm
      attempt={attempt}
      isComplete={token.trim() !== ''}
      note="The token stays in the memory of this page. Signing out, reloading or closing it forgets the token."
    >
      <PasswordInput
        label="Token"
        description={
          <>
            A token of your sign-in, or one that <Code>steward token</Code> prints.
          </>
        }
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        autoComplete="off"
        data-autofocus
        required
      />
    </SignInForm>
  );
}
