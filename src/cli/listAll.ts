import { defined } from '../base/defined.ts';
import { catalogue } from '../base/errors.ts';
import { groupBy } from '../base/groupBy.ts';
import { type JsonSchema, schemaOf } from '../base/schemas/validator.ts';
import { type DeclaredCommand, REVERTED_AS_JOB } from '../operations/declared.ts';
import { commandsBySubject } from '../operations/index.ts';
import { reasonsOfCommands } from '../operations/reasons.ts';
import { labelsOf } from './labels.ts';
import type { ListedCommand, ListedParameter } from './listed.ts';

/** The title of the shape of proofs of identity. */
const PROOF = 'ProofOfIdentity';

/** The titles of the shapes of times. */
const TIMES = ['Instant', 'Expires', 'KBaseTimestamp'];

export function listAll(): ListedCommand[] {
  return [...commandsBySubject].flatMap(([subject, commands]) => commands.map((command) => listed(command, subject)));
}

export function listed(command: DeclaredCommand, subject = ''): ListedCommand {
  const { name, summary, user, effect, examples, confirm, beginsJob, notRevertible } = command;
  const { properties, additionalProperties, required = [] } = schemaOf(command.params);
  const parameters = Object.entries((properties ?? {}) as Record<string, JsonSchema>)
    .map(listedParameter)
    .map((p) =>
      p.isSecret && (required as readonly string[]).includes(p.name) ? { ...p, isAsked: true as const } : p,
    );
  const labels = labelsOf(schemaOf(command.result));
  const isRevertedAsJob = notRevertible === REVERTED_AS_JOB ? (true as const) : undefined;
  const isFinal = notRevertible === undefined || isRevertedAsJob ? undefined : (true as const);
  return {
    ...{ name, subject, summary, user, effect, examples, parameters, isClosed: additionalProperties === false },
    ...defined({ confirm, beginsJob, isFinal, isRevertedAsJob, labels, reasons: reasonsOf(name) }),
  };
}

/** The reasons for which a command may be refused, by their class. */
function reasonsOf(command: string): ListedCommand['reasons'] {
  return Object.fromEntries(groupBy(reasonsOfCommands[command] ?? [], (reason) => catalogue[reason].kind));
}

function listedParameter([name, schema]: [string, JsonSchema]): ListedParameter {
  const description = typeof schema.description === 'string' ? schema.description : '';
  const type = schema.title === PROOF ? 'proof' : parameterType(schema);
  const isSecret = type === 'text' && schema['x-class'] === 'secret';
  const parameter: ListedParameter = { name, description, type, ...(isSecret ? { isSecret } : {}) };
  const isChoice = parameter.type === 'text' && Array.isArray(schema.enum);
  return isChoice ? { ...parameter, choices: (schema.enum as unknown[]).map(String) } : parameter;
}

function parameterType(schema: JsonSchema): ListedParameter['type'] {
  switch (typeOf(schema)) {
    case 'boolean':
      return 'flag';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return TIMES.includes(String(schema.title)) ? 'time' : 'text';
    case 'array':
      return typeOf(schema.items) === 'string' ? 'texts' : 'list';
    default:
      return 'json';
  }
}

/** The type of a schema, apart from null. */
function typeOf(schema: unknown): unknown {
  const { type } = (schema ?? {}) as JsonSchema;
  if (!Array.isArray(type)) return type;
  const others = type.filter((t) => t !== 'null');
  return others.length === 1 ? others[0] : undefined;
}
