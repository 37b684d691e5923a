import type { Command } from '../../commands/command.ts';
import { commandsBySubject } from '../../commands/index.ts';
import { commandObject } from '../../discovery/administer.ts';
import { methodsBySubject, rpcMethods } from '../../methods/index.ts';
import type { Method } from '../../methods/method.ts';
import { type JsonSchema, schemaOf } from '../../schemas/validator.ts';
import { commandLine } from '../examples.ts';
import { listed } from '../listAll.ts';
import { code } from './markdown.ts';
import { fieldTable, typeText } from './types.ts';

/** Where the reference is kept. */
export const REFERENCE = 'src/commands/REFERENCE.md';

const HEAD = `# Commands and methods

Made by \`npm run docs\` from the declarations in \`src/commands\` and \`src/methods\` and the schemas they name; do not edit.

A **command** is run by an administrator, as the one parameter of \`Workspace.administer\`: the JSON shown with it. Beside
\`command\`, \`user\` and \`params\` it takes \`reason\`, \`dryRun\`, \`idempotencyKey\` and, where it writes, \`plan\`. On the
command line it is \`steward sudo\`, with the same as options. A **method** is called by anybody as oneself, with one
parameter or none.`;

/** The reference of every command and method. */
export function reference(): string {
  const commands = [...commandsBySubject].map(([subject, list]) => section(subject, list.map(commandEntry)));
  const methods = [...methodsBySubject]
    .map(([subject, list]) => [subject, list.filter((method) => rpcMethods.includes(method))] as const)
    .filter(([, list]) => list.length > 0)
    .map(([subject, list]) => section(subject, list.map(methodEntry)));
  return `${[HEAD, '# Commands', ...commands, '# Methods', ...methods].join('\n\n')}\n`;
}

const section = (subject: string, entries: readonly string[]) => [`## ${subject}`, ...entries].join('\n\n');

function commandEntry(command: Command): string {
  const { name, summary, effect, user } = command;
  return [
    `### ${name}`,
    summary,
    [`- **Effect:** ${effect}.`, `- **\`user\`:** ${USER[user]}`, `- **Who may:** ${whoMay(command)}`].join('\n'),
    parametersText(schemaOf(command.params)),
    resultText(schemaOf(command.result)),
    ...command.examples.map((example) =>
      [
        `${example.title}:`,
        `\`\`\`sh\n${commandLine(listed(command), example)}\n\`\`\``,
        `\`\`\`json\n${JSON.stringify(commandObject(command, example))}\n\`\`\``,
      ].join('\n\n'),
    ),
  ].join('\n\n');
}

const USER = {
  ignored: 'not looked at.',
  target: 'the user that it is about; it must be given.',
  subject: 'the user acted as; it must be given. The command does what that user may do.',
  optionalSubject: 'the user acted as, and then it does what that user may do; without it, with all rights.',
} as const;

/** Which administrators, by the limits that addAdmin can set. */
function whoMay({ effect, user, open }: Command): string {
  if (open) return 'every administrator, whatever its limits.';
  const role = effect === 'write' ? 'full administrators' : 'full and read-only administrators';
  const actsAs = user === 'subject' || user === 'optionalSubject';
  const as = actsAs
    ? 'one limited to certain users (`as`), only as one of these'
    : 'one limited to certain users (`as`), only where its `commands` name this one';
  return `${role}; one limited to certain \`commands\`, only where they name this one; ${as}.`;
}

function methodEntry(method: Method): string {
  const { name, summary, effect, auth, deprecated } = method;
  return [
    `### ${name}`,
    summary,
    [
      `- **Effect:** ${effect}.`,
      `- **Token:** ${auth === 'none' ? 'not looked at' : auth}.`,
      ...(deprecated === undefined ? [] : [`- **Deprecated:** kept for old clients; use ${code(deprecated)}.`]),
    ].join('\n'),
    method.params === undefined ? 'No parameter.' : parametersText(schemaOf(method.params)),
    resultText(schemaOf(method.result)),
  ].join('\n\n');
}

function parametersText(schema: JsonSchema): string {
  if (Object.keys((schema.properties ?? {}) as object).length === 0) return 'No parameters.';
  const note = typeof schema.description === 'string' ? [schema.description] : [];
  return [...note, fieldTable(schema, 'parameter')].join('\n\n');
}

function resultText(schema: JsonSchema): string {
  const note = typeof schema.description === 'string' ? ` – ${schema.description}` : '';
  if (schema.type === 'object' && schema.properties !== undefined) {
    return [`**Result:** an object${note}`, fieldTable(schema, 'field')].join('\n\n');
  }
  return `**Result:** ${code(typeText(schema))}${note}`;
}
