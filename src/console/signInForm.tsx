import { Button, Stack, Text } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { Problem } from './problem.tsx';
import type { SignedIn } from './session.tsx';

interface Props {
  readonly attempt: UseMutationResult<SignedIn, Error, void>;
  /** Whether all is filled in. */
  readonly isComplete: boolean;
  /** Whether the fields already say what is wrong. */
  readonly isExplained?: boolean;
  /** What stays of what is typed. */
  readonly note: string;
  /** The fields. */
  readonly children: ReactNode;
}

/** The frame of the forms to sign in: their button, and why the last attempt was refused. */
export function SignInForm({ attempt, isComplete, isExplained = false, note, children }: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {children}
        {attempt.error === null || isExplained ? null : <Problem error={attempt.error} title="You are not signed in" />}
        <Button type="submit" loading={attempt.isPending} disabled={!isComplete}>
          Sign in
        </Button>
        <Text size="xs" c="var(--quiet-text)">
          {note}
        </Text>
      </Stack>
    </form>
  );
}
