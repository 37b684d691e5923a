import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

const DATES = ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z', '2020-02-29T23:59:59+0100', '2026-11-30T12:00:00.5Z'];

/** Deeper values are left at their smallest. */
const MAX_DEPTH = 6;

/**
 * Values that a JSON Schema allows, or nearly: texts come from `words` whatever their pattern, so that they often name
 * something that is there.
 */
export function fromSchema(schema: Schema, words: fc.Arbitrary<string>, depth = 0): fc.Arbitrary<unknown> {
  const inner = (below: unknown) => fromSchema((below ?? {}) as Schema, words, depth + 1);
  if (depth > MAX_DEPTH) return fc.constant(null);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  for (const key of ['oneOf', 'anyOf', 'allOf'] as const) {
    const branches = schema[key];
    if (!Array.isArray(branches)) continue;
    const { [key]: _, ...base } = schema;
    const merged = branches.map((branch) => inner(mergedOf(base, branch as Schema)));
    return fc.oneof(...merged);
  }
  const types = [schema.type ?? (schema.properties === undefined ? 'any' : 'object')].flat() as string[];
  return fc.oneof(...types.map((type) => ofType(type, schema, { words, inner })));
}

interface Making {
  readonly words: fc.Arbitrary<string>;
  readonly inner: (schema: unknown) => fc.Arbitrary<unknown>;
}

function ofType(type: string, schema: Schema, { words, inner }: Making): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return objectOf(schema, { words, inner });
    case 'array':
      return listOf(schema, inner);
    case 'string':
      return schema.format === 'date-time' ? fc.constantFrom(...DATES) : words;
    case 'integer':
      return integerOf(schema);
    case 'number':
      return fc.oneof(integerOf(schema), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null), fc.constant({}), fc.constant([]));
  }
}

function objectOf(schema: Schema, { words, inner }: Making): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, unknown>);
  const required = (schema.required ?? []) as readonly string[];
  const known = fc.record(Object.fromEntries(properties.map(([key, below]) => [key, inner(below)])), {
    requiredKeys: required.filter((key) => properties.some(([name]) => name === key)),
  });
  const { additionalProperties: more } = schema;
  if (more === false || properties.length > 0) return known;
  const dictionary = fc.dictionary(words, inner(typeof more === 'object' ? more : {}), { maxKeys: 3 });
  return fc.tuple(known, dictionary).map(([one, other]) => ({ ...other, ...one }));
}

function listOf(schema: Schema, inner: Making['inner']): fc.Arbitrary<unknown> {
  const { items, minItems = 0 } = schema as { readonly items?: unknown; readonly minItems?: number };
  if (Array.isArray(items)) return fc.tuple(...items.map(inner));
  return fc.array(inner(items), { minLength: minItems, maxLength: Math.max(minItems, 3) });
}

function integerOf({ minimum, maximum }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Number(minimum ?? -2), Number(maximum ?? Number.MAX_SAFE_INTEGER)];
  const small = fc.integer({ min: Math.ceil(min), max: Math.max(Math.ceil(min), Math.min(max, min + 6)) });
  return fc.oneof(
    { weight: 5, arbitrary: small },
    { weight: 1, arbitrary: fc.constantFrom(min, Math.min(max, 2 ** 53)) },
  );
}

/** A schema with one of its branches: what both say about the same key, the branch says. */
function mergedOf(base: Schema, branch: Schema): Schema {
  const both = (key: string) => ({ ...(base[key] as object | undefined), ...(branch[key] as object | undefined) });
  const merged: Record<string, unknown> = { ...base, ...branch };
  if (base.properties !== undefined || branch.properties !== undefined) merged.properties = both('properties');
  if (base.required !== undefined || branch.required !== undefined) {
    merged.required = [...((base.required ?? []) as string[]), ...((branch.required ?? []) as string[])];
  }
  return merged;
}
