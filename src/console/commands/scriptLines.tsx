import { ActionIcon, Code, CopyButton, Group, Tabs, Text } from '@mantine/core';
import { serviceUrl } from '../session.tsx';
import { curlLine, type NamedCommand, pythonProgram, stewardLine } from './equivalents.ts';

interface Props {
  readonly command: NamedCommand;
  /** Whether the command is run as its user, and not about them. */
  readonly isSubject: boolean;
}

/** The same call for scripts: as a line of the command line, with curl, and in Python. */
export function ScriptLines({ command, isSubject }: Props) {
  const url = serviceUrl();
  const lines = {
    steward: stewardLine(command, isSubject),
    curl: curlLine(url, command),
    Python: pythonProgram(url, command),
  };
  return (
    <Tabs defaultValue="steward" keepMounted={false}>
      <Tabs.List>
        {Object.keys(lines).map((language) => (
          <Tabs.Tab key={language} value={language}>
            {language}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {Object.entries(lines).map(([language, text]) => (
        <Tabs.Panel key={language} value={language} pt="xs">
          <Group align="start" wrap="nowrap" gap="xs">
            <Code block style={{ flex: 1, whiteSpace: 'pre-wrap' }} data-testid={`script-${language}`}>
              {text}
            </Code>
            <Copy text={text} label={`Copy the ${language} line`} />
          </Group>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** A button that copies a text. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon variant="default" w="auto" px="xs" onClick={copy} aria-label={label}>
          <Text size="xs">{copied ? 'Copied' : 'Copy'}</Text>
        </ActionIcon>
      )}
    </CopyButton>
  );
}
