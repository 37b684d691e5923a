import { schemaOf } from '../../base/schemas/validator.ts';
import { REVERTED_AS_JOB } from '../../operations/declared.ts';
import { commandObject } from '../../operations/discovery/administer.ts';
import { commandsBySubject } from '../../operations/index.ts';
import type { Command } from '../../operations/operation.ts';
import { reasonsOfCommands } from '../../operations/reasons.ts';
import { commandLine } from '../examples.ts';
import { listed } from '../listAll.ts';
import { parametersText, resultText } from './entries.ts';
import { code, fileOf, generatedPage, table } from './markdown.ts';

const INTRODUCTION = `A **command** is run by an administrator, as the only parameter of \`Workspace.administer\`. Besides \`command\`, \`user\` and
\`params\`, the command object takes \`reason\`, \`dryRun\`, \`idempotencyKey\` and, if the command writes, \`plan\`:
[The gate](../gate.md#the-command-object) explains them. On the command line, \`steward sudo\` runs commands, with these as
options. "Refused for" names the reasons that a command has [besides those of every call](errors.md). \`listCommands\` answers with all of this, and with the JSON Schema of each command's parameters and result.`;

/** The list of all commands, and a page for each subject. */
export function commandPages(): Record<string, string> {
  const pages = [...commandsBySubject].map(([subject, list]) => [
    `commands/${fileOf(subject)}`,
    generatedPage(`Commands: ${subject}`, list.map(entry)),
  ]);
  return { 'commands.md': listPage(), ...Object.fromEntries(pages) };
}

function listPage(): string {
  const sections = [...commandsBySubject].map(([subject, list]) => {
    const rows = list.map(({ name, effect, summary }) => [
      `[${code(name)}](commands/${fileOf(subject)}#${name.toLowerCase()})`,
      effect,
      summary,
    ]);
    return `## ${subject}\n\n${table(['command', 'effect', 'what it does'], rows)}`;
  });
  return generatedPage('Commands', [INTRODUCTION, ...sections]);
}

function entry(command: Command): string {
  const { name, summary, effect, user, notRevertible } = command;
  const final = notRevertible === undefined ? '' : `\n- **Not revertible:** ${notRevertible}.`;
  const taken =
    notRevertible === REVERTED_AS_JOB ? '\n- **Reverted with:** `revertJob`, since it begins a job.' : final;
  return [
    `## ${name}`,
    summary,
    `- **Effect:** ${effect}.\n- **\`user\`:** ${USER[user]}\n- **Who may run it:** ${whoMay(command)}${taken}${refusals(name)}`,
    parametersText(schemaOf(command.params)),
    resultText(schemaOf(command.result)),
    ...command.examples.map((example) =>
      [
        `${example.title.replace(/[?:]$/, '')}:`,
        `\`\`\`sh\n${commandLine(listed(command), example)}\n\`\`\``,
        `\`\`\`json\n${JSON.stringify(commandObject(command, example))}\n\`\`\``,
      ].join('\n\n'),
    ),
  ].join('\n\n');
}

/** The reasons that are the command's own. */
function refusals(name: string): string {
  const reasons = reasonsOfCommands[name] ?? [];
  return reasons.length === 0 ? '' : `\n- **Refused for:** ${reasons.map(code).join(', ')}.`;
}

const USER = {
  ignored: 'ignored.',
  target: 'the user that the command is about; required.',
  subject: 'the user to act as; required. The command can do what that user can do.',
  optionalSubject: 'the user to act as: the command can then do what that user can do. Without it, it has all rights.',
} as const;

/** Which administrators may run a command, by the limits that addAdmin can set. */
function whoMay({ effect, user, open }: Command): string {
  if (open) return 'every administrator, whatever their limits.';
  const role = effect === 'write' ? 'full administrators' : 'full and read-only administrators';
  const actsAs = user === 'subject' || user === 'optionalSubject';
  const as = actsAs
    ? 'with a limit on users (`as`), only as one of these'
    : 'with a limit on users (`as`), only if their `commands` name it';
  return `${role}; with a limit on \`commands\`, only if these name it; ${as}.`;
}
