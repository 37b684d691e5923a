import type { JsonSchema } from '../../base/schemas/validator.ts';
import { code, table } from './markdown.ts';

/** How deep a type is shown before it is only named. */
const DEPTH = 2;

/** The type of a schema as a short text. */
export function typeText(schema: JsonSchema, depth = DEPTH): string {
  const choices = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (choices !== undefined) return choices.map((choice) => typeText(choice, depth)).join(' or ');
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  const types = [schema.type ?? 'anything'].flat() as string[];
  return types.map((type) => ofType(schema, type, depth)).join(' or ');
}

function ofType(schema: JsonSchema, type: string, depth: number): string {
  if (type === 'array') {
    const items = (schema.items ?? {}) as JsonSchema | readonly JsonSchema[];
    if (Array.isArray(items)) return `[${items.map((item) => typeText(item, depth - 1)).join(', ')}]`;
    return `list of ${typeText(items as JsonSchema, depth)}`;
  }
  if (type !== 'object') return type;
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  if (properties.length === 0) {
    const inner = schema.additionalProperties;
    return inner !== null && typeof inner === 'object'
      ? `map to ${typeText(inner as JsonSchema, depth - 1)}`
      : 'object';
  }
  if (depth === 0) return typeof schema.title === 'string' ? schema.title : 'object';
  const required = (schema.required ?? []) as readonly string[];
  const fields = properties.map(
    ([name, inner]) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(inner, depth - 1)}`,
  );
  return `{${fields.join(', ')}}`;
}

export function fieldTable(schema: JsonSchema, head: string): string {
  const required = (schema.required ?? []) as readonly string[];
  return table(
    [head, 'type', 'meaning'],
    Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(([name, inner]) => [
      code(name),
      `${code(typeText(inner))}${required.includes(name) && head === 'parameter' ? ', required' : ''}`,
      meaning(inner),
    ]),
  );
}

/** The description of a schema, and the bounds of its values. */
function meaning(schema: JsonSchema): string {
  const { description, minimum, maximum, maxItems } = schema;
  return [
    ...(typeof description === 'string' ? [description] : []),
    ...range(minimum, maximum),
    ...(maxItems === undefined || Array.isArray(schema.items) ? [] : [`At most ${maxItems}.`]),
  ].join(' ');
}

function range(minimum: unknown, maximum: unknown): string[] {
  if (minimum === undefined && maximum === undefined) return [];
  if (maximum === undefined) return [`At least ${minimum}.`];
  return [minimum === undefined ? `At most ${maximum}.` : `${minimum} to ${maximum}.`];
}
