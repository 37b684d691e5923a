import type { JsonSchema } from '../../base/schemas/validator.ts';
import { code } from './markdown.ts';
import { fieldTable, typeText } from './types.ts';

export function parametersText(schema: JsonSchema): string {
  if (Object.keys((schema.properties ?? {}) as object).length === 0) return 'No parameters.';
  const note = typeof schema.description === 'string' ? [schema.description] : [];
  return [...note, fieldTable(schema, 'parameter')].join('\n\n');
}

export function resultText(schema: JsonSchema): string {
  const note = typeof schema.description === 'string' ? ` – ${schema.description}` : '';
  if (schema.type === 'object' && schema.properties !== undefined) {
    return [`**Result:** an object${note}`, fieldTable(schema, 'field')].join('\n\n');
  }
  return `**Result:** ${code(typeText(schema))}${note}`;
}
