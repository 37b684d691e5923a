import { Autocomplete, Badge, Button, Group, Loader, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { Form } from '@rjsf/mantine';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { StewardCallError } from '../../../client/client.ts';
import { type DescribedCommand, useDescribedCommands } from '../../commands/describedCommands.ts';
import type { NamedCommand } from '../../commands/equivalents.ts';
import { formValidator } from '../../commands/formValidator.ts';
import { PlannedCommand } from '../../commands/plannedCommand.tsx';
import { ReceiptCard } from '../../commands/receiptCard.tsx';
import { Result } from '../../commands/result.tsx';
import { ScriptLines } from '../../commands/scriptLines.tsx';
import { StepUp } from '../../commands/stepUp.tsx';
import { EmptyState } from '../../emptyState.tsx';
import { Problem } from '../../problem.tsx';
import { useSession } from '../../session.tsx';

/** Every command that the caller may run, as a form made from its schema. */
export function RunView() {
  const commands = useDescribedCommands();
  const [typed, setTyped] = useState('');
  const chosen = commands.data?.find(({ name }) => name === typed);
  return (
    <Stack maw={900}>
      <Title order={1}>Run a command</Title>
      {commands.isPending ? <Loader aria-label="Loading the commands" /> : null}
      {commands.error === null ? null : <Problem error={commands.error} />}
      {commands.data === undefined ? null : (
        <Autocomplete
          label="Command"
          placeholder="Type a part of its name"
          data={commands.data.map(({ name }) => name)}
          limit={30}
          value={typed}
          onChange={setTyped}
        />
      )}
      {chosen === undefined ? (
        <EmptyState title="Choose a command">
          Commands that write show what they would change, and carry out exactly that once you agree.
        </EmptyState>
      ) : (
        <CommandForm key={chosen.name} command={chosen} />
      )}
    </Stack>
  );
}

function CommandForm({ command }: { readonly command: DescribedCommand }) {
  const [user, setUser] = useState('');
  const [params, setParams] = useState<Record<string, unknown>>({});
  const [round, setRound] = useState(0);
  const [submitted, setSubmitted] = useState<NamedCommand>();
  const example = command.examples?.[0]?.value;
  const called: NamedCommand = { name: command.name, params, ...(user.trim() === '' ? {} : { user: user.trim() }) };
  const isSubject = command.user !== 'target';
  const submit = () => {
    setSubmitted(called);
    setRound(round + 1);
  };
  return (
    <Stack>
      <Group gap="xs">
        <Badge variant="outline" color={command.effect === 'read' ? 'gray' : 'orange'} tt="none">
          {command.effect === 'read' ? 'Reads' : 'Writes'}
        </Badge>
        <Text>{command.summary}</Text>
      </Group>
      <Paper withBorder p="md">
        <Stack>
          {command.user === 'ignored' ? null : (
            <TextInput
              label={isSubject ? 'Act as user' : 'User'}
              description={isSubject ? 'The user as whom the command is run.' : 'The user that the command is about.'}
              required={command.user !== 'optionalSubject'}
              value={user}
              onChange={(event) => setUser(event.currentTarget.value)}
            />
          )}
          <Form
            schema={command.params}
            validator={formValidator}
            formData={params}
            onChange={({ formData }) => setParams((formData ?? {}) as Record<string, unknown>)}
            onSubmit={submit}
            showErrorList={false}
            noHtml5Validate
            experimental_defaultFormStateBehavior={{
              emptyObjectFields: 'skipDefaults',
              arrayMinItems: { populate: 'never' },
            }}
          >
            <Group mt="md">
              <Button type="submit">{command.effect === 'read' ? 'Run' : 'Show what would change'}</Button>
              {example === undefined ? null : (
                <Button
                  variant="default"
                  onClick={() => {
                    setUser(example.user ?? '');
                    setParams(example.params ?? {});
                  }}
                >
                  Fill in an example
                </Button>
              )}
            </Group>
          </Form>
        </Stack>
      </Paper>
      {submitted === undefined ? null : command.effect === 'write' ? (
        <Paper withBorder p="md" component="section" aria-label="What would change">
          <PlannedCommand key={round} command={submitted} />
        </Paper>
      ) : (
        <ReadResult key={round} command={submitted} />
      )}
      <Paper withBorder p="md" component="section" aria-label="For scripts">
        <Title order={2} size="h4" mb="xs">
          For scripts
        </Title>
        <ScriptLines command={called} isSubject={isSubject} />
      </Paper>
    </Stack>
  );
}

function ReadResult({ command }: { readonly command: NamedCommand }) {
  const { client } = useSession();
  const { name, ...parts } = command;
  const read = useMutation({ mutationFn: () => client.command(name, parts) });
  const isTicketMissing = read.error instanceof StewardCallError && read.error.reason === 'ticket_required';
  // It reads once; the key of this component changes with each submission.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the function is another at each rendering
  useEffect(() => read.mutate(), []);
  return (
    <Paper withBorder p="md" component="section" aria-label="Answer">
      <Stack>
        {read.isPending ? <Loader aria-label="Waiting for the answer" /> : null}
        {read.error === null ? null : <Problem error={read.error} />}
        {isTicketMissing ? <StepUp command={name} onOpened={() => read.mutate()} /> : null}
        {read.data === undefined ? null : (
          <>
            <Result value={read.data.result} />
            <ReceiptCard receipt={read.data.receipt} title="Recorded" />
          </>
        )}
      </Stack>
    </Paper>
  );
}
