import { Alert, Autocomplete, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Explain } from '../../../base/schemas/generated.ts';
import { Problem } from '../../problem.tsx';
import { Section } from '../../section.tsx';
import { useSession } from '../../session.tsx';
import { Rules, requirementText } from './policy.tsx';

/** Says whether a call would be let through, by which rule, and what it needs. */
export function ExplainCall() {
  const { client, privileges } = useSession();
  const [command, setCommand] = useState('');
  const [caller, setCaller] = useState('');
  const [user, setUser] = useState('');
  const [params, setParams] = useState('');
  const [badParams, setBadParams] = useState<string>();
  const asked = useMutation({
    mutationFn: async (question: Explain['params']) => (await client.administer.explain(question)).result,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = paramsIn(params);
    setBadParams(typeof parsed === 'string' ? parsed : undefined);
    if (typeof parsed === 'string') return;
    asked.mutate({
      command: command.trim(),
      ...(caller.trim() === '' ? {} : { for: caller.trim() }),
      ...(user.trim() === '' ? {} : { user: user.trim() }),
      ...(parsed === undefined ? {} : { params: parsed }),
    });
  };
  return (
    <Section title="Explain a call">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Group align="end" grow preventGrowOverflow={false}>
            <Autocomplete
              label="Command"
              data={[...privileges.commands]}
              limit={30}
              value={command}
              onChange={setCommand}
            />
            <TextInput
              label="Called by"
              placeholder={privileges.user}
              value={caller}
              onChange={(e) => setCaller(e.currentTarget.value)}
            />
            <TextInput label="For the user" value={user} onChange={(e) => setUser(e.currentTarget.value)} />
          </Group>
          <Textarea
            label="Parameters"
            description="An object in JSON; any parameters when empty"
            autosize
            minRows={1}
            error={badParams}
            value={params}
            onChange={(event) => setParams(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" variant="default" disabled={command.trim() === ''} loading={asked.isPending}>
              Explain
            </Button>
          </Group>
        </Stack>
      </form>
      {asked.error === null ? null : <Problem error={asked.error} />}
      {asked.data === undefined ? null : <Explained explained={asked.data} />}
    </Section>
  );
}

/** The parameters; undefined for none, a text if that is no object. */
function paramsIn(text: string): object | undefined | string {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : 'This must be an object, {…}';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function Explained({ explained }: { readonly explained: Explain['result'] }) {
  const { verdict, rule, line, refusal, requires, depends, access } = explained;
  const isAllowed = verdict === 'allow';
  return (
    <Stack gap="sm" role="status">
      <Alert color={isAllowed ? 'green' : 'red'} title={isAllowed ? 'It is let through' : 'It is refused'}>
        <Text size="sm">
          By {rule}
          {line === undefined ? '' : `, line ${line}`}.
        </Text>
        {refusal === undefined ? null : (
          <Text size="sm">
            {refusal.message} ({refusal.reason})
          </Text>
        )}
        {requires.map((requirement) => (
          <Text key={`${requirement.kind} ${requirement.rule}`} size="sm">
            It needs {requirementText(requirement)}.
          </Text>
        ))}
        {access === undefined ? null : (
          <Text size="sm">
            The user has the level {access.level} on {access.resource}, from: {access.reason}.
          </Text>
        )}
      </Alert>
      {depends.length === 0 ? null : (
        <>
          <Text size="sm">Depending on what you left out, these rules could change the answer:</Text>
          <Rules label="Rules that could change the answer" rules={depends} />
        </>
      )}
    </Stack>
  );
}
