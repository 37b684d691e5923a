import { defined } from '../../base/defined.ts';
import type { DiscoveredCommand } from '../../base/schemas/generated.ts';
import { handle } from '../../base/schemas/handle.ts';
import { type JsonSchema, schemaOf } from '../../base/schemas/validator.ts';
import type { DeclaredCommand, Example } from '../declared.ts';
import type { Components, Reference } from './components.ts';
import { errorReferences } from './errors.ts';

const COMMAND_OBJECT = handle<object>('command.json');
const DRY_RUN = handle<object>('dryRun.json');

/** The command object of a declared example. */
export function commandObject({ name }: Pick<DeclaredCommand, 'name'>, { user, params }: Example<unknown>): object {
  return { command: name, ...defined({ user, params }) };
}

/** `administer` as one method: its parameter is the object of one of these commands. */
export function administerOf(commands: readonly DeclaredCommand[], components: Components) {
  const results = new Set(commands.map((c) => components.reference(c.result).$ref));
  return {
    name: 'Workspace.administer',
    summary: 'Run a command for administrators; x-commands lists those that you may run.',
    paramStructure: 'by-position',
    params: [{ name: 'command', required: true, schema: { oneOf: commands.map((c) => commandSchema(c, components)) } }],
    result: {
      name: 'result',
      description: "The command's own result; of a dry run, the changes and their plan.",
      schema: { anyOf: [...[...results].map(($ref) => ({ $ref })), components.reference(DRY_RUN)] },
    },
    errors: errorReferences,
    examples: commands.flatMap((c) =>
      c.examples.map((example, n) => ({
        name: `${c.name}${n === 0 ? '' : ` ${n + 1}`}`,
        description: example.title,
        params: [{ name: 'command', value: commandObject(c, example) }],
      })),
    ),
    'x-auth': 'required',
  };
}

export function discoveredCommand(command: DeclaredCommand, components: Components): DiscoveredCommand {
  const { name, summary, effect, user } = command;
  return {
    name,
    summary,
    effect,
    user,
    command: commandSchema(command, components),
    params: components.reference(command.params),
    result: components.reference(command.result),
    examples: command.examples.map((example) => ({ title: example.title, value: commandObject(command, example) })),
  };
}

/** The schema of the command object of this command. */
function commandSchema(command: DeclaredCommand, components: Components): Reference {
  const { user, plan, ...others } = schemaOf(COMMAND_OBJECT).properties as Readonly<Record<string, JsonSchema>>;
  const required = command.user === 'target' || command.user === 'subject';
  return components.add(`${command.name}.command`, {
    title: `${command.name} command`,
    description: command.summary,
    type: 'object',
    additionalProperties: false,
    required: ['command', ...(required ? ['user'] : [])],
    properties: {
      ...others,
      command: { const: command.name },
      ...(command.user === 'ignored' ? {} : { user: { type: 'string', description: USER[command.user] } }),
      params: components.reference(command.params),
      ...(command.effect === 'read' ? {} : { plan }),
    },
  });
}

/** What the key `user` means. */
const USER = {
  target: 'The user that the command is about.',
  subject: 'The user acted as.',
  optionalSubject: 'The user acted as; without it the command runs with all rights.',
} as const;
