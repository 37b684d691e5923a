import { defined } from '../base/defined.ts';
import type { JsonSchema } from '../base/schemas/validator.ts';
import type { Labels } from './listed.ts';

/**
 * Where a value is shown: a whole result, a field, a row of a table, or a cell, in which objects stay as they were sent.
 */
type Place = 'result' | 'field' | 'row' | 'cell';

/** The labels of what a schema describes; undefined if all parts have their own names. */
export function labelsOf(schema: JsonSchema, place: Place = 'result'): Labels | undefined {
  const { columns, items, headings, fields } = partsOf(schema, place);
  const found = defined({ columns, items, headings: unlessEmpty(headings), fields: unlessEmpty(fields) });
  return unlessEmpty(found);
}

interface Parts {
  readonly columns?: readonly string[];
  readonly items?: Labels | undefined;
  readonly headings: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Labels>>;
}

function partsOf(schema: JsonSchema, place: Place): Parts {
  const branches = [schema.oneOf, schema.anyOf].flatMap((list) => (list ?? []) as readonly JsonSchema[]);
  const own = ownParts(schema, place);
  return branches.reduce((all, branch) => {
    const parts = partsOf(branch, place);
    const { columns = all.columns, items = all.items } = parts;
    return {
      ...defined({ columns, items }),
      headings: { ...all.headings, ...parts.headings },
      fields: { ...all.fields, ...parts.fields },
    };
  }, own);
}

function ownParts(schema: JsonSchema, place: Place): Parts {
  const columns = schema['x-columns'];
  if (Array.isArray(columns)) return { columns: columns.map(String), headings: {}, fields: {} };
  if (schema.items !== undefined && !Array.isArray(schema.items)) {
    const below = place === 'result' || place === 'field' ? 'row' : 'cell';
    return { items: labelsOf(schema.items as JsonSchema, below), headings: {}, fields: {} };
  }
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const hasHeadings = place !== 'cell';
  const headings = properties.map(([key, property]) => [key, headingOf(key, property)] as const);
  const below = place === 'result' || place === 'field' ? 'field' : 'cell';
  const fields = properties.flatMap(([key, property]) => {
    const labels = labelsOf(property, below);
    return labels === undefined ? [] : [[key, labels] as const];
  });
  return {
    headings: Object.fromEntries(hasHeadings ? headings.filter(([key, heading]) => key !== heading) : []),
    fields: Object.fromEntries(fields),
  };
}

/** `addedAt` → `added at`, unless the schema says something better. */
function headingOf(key: string, { 'x-heading': heading }: JsonSchema): string {
  if (typeof heading === 'string') return heading;
  return key.replaceAll('_', ' ').replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const unlessEmpty = <T extends object>(value: T): T | undefined =>
  Object.keys(value).length === 0 ? undefined : value;
