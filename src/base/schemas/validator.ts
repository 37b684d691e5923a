import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { SchemaHandle } from './handle.ts';
import { sentence } from './sentence.ts';

const ROOT = fileURLToPath(new URL('../../../schemas', import.meta.url));

const ajv = new Ajv({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  // Inherited properties must not satisfy `required: ["constructor"]`.
  ownProperties: true,
  // A test validates the schema files.
  validateSchema: false,
  // Adds the schema to errors, which has the valid keys.
  verbose: true,
});
formats.default(ajv);
// RFC 3339 allows instants that a Date cannot represent, such as a leap second.
const { validate: isRfc3339 } = formats.default.get('date-time', 'full') as { validate: (text: string) => boolean };
ajv.addFormat('date-time', (text) => isRfc3339(text) && !Number.isNaN(Date.parse(text)));
// The class of a field, which says who may see its value: see audit/fieldClasses.ts.
// x-with: the parameter with which the result is this one, of several.
// x-columns: the names of the places of a list of fixed length.
// x-heading: what the command line shows above a field, where the words of its name do not say it.
ajv.addVocabulary(['x-class', 'x-with', 'x-columns', 'x-heading']);

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The path of each file by its `$id`, which is its name. */
const paths = new Map(
  readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => [entry.name, join(entry.parentPath, entry.name)]),
);

/** The files read so far; each is read when it is first needed. */
const files = new Map<string, JsonSchema>();

/** Reads a file, and those to which it refers. */
function fileOf(id: string): JsonSchema | undefined {
  const known = files.get(id);
  const path = paths.get(id);
  if (known !== undefined || path === undefined) return known;
  const references = new Set<string>();
  const schema: JsonSchema = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') references.add(value.split('#')[0] ?? '');
    return value;
  });
  files.set(id, schema);
  ajv.addSchema(schema);
  for (const other of references) if (other !== '') fileOf(other);
  return schema;
}

const inlined = new Map<string, JsonSchema>();

/** The JSON Schema of a handle, with all references resolved inline. */
export function schemaOf({ ref }: SchemaHandle<unknown>): JsonSchema {
  const known = inlined.get(ref);
  if (known !== undefined) return known;
  const { schema, file } = writtenAt({ ref });
  const whole = inline(schema, file) as JsonSchema;
  inlined.set(ref, whole);
  return whole;
}

/** The JSON Schema of a handle as it is written, and the file to which its references are relative. */
export function writtenAt({ ref }: SchemaHandle<unknown>): { readonly schema: JsonSchema; readonly file: string } {
  const [file = '', pointer = ''] = ref.split('#');
  const schema = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((found, key) => (found as JsonSchema | undefined)?.[key], fileOf(file));
  if (schema === null || typeof schema !== 'object') throw new TypeError(`there is no schema ${ref}`);
  return { schema: schema as JsonSchema, file };
}

function inline(schema: unknown, file: string): unknown {
  if (Array.isArray(schema)) return schema.map((inner) => inline(inner, file));
  if (schema === null || typeof schema !== 'object') return schema;
  const { $ref, ...own } = schema as { $ref?: string };
  const target = $ref === undefined ? {} : schemaOf({ ref: $ref.startsWith('#') ? `${file}${$ref}` : $ref });
  return { ...target, ...Object.fromEntries(Object.entries(own).map(([key, inner]) => [key, inline(inner, file)])) };
}

/** What is wrong with the value, in a sentence; undefined if it is valid. Schemas are compiled on first use. */
export function problemWith(handle: SchemaHandle<unknown>, value: unknown, name: string): string | undefined {
  const validate = compiled(handle);
  if (validate(value)) return undefined;
  return (validate.errors ?? [])
    .slice(0, 3)
    .map((e) => sentence(e, `${name}${e.instancePath.replaceAll('/', '.')}`))
    .join('; ');
}

/** What is wrong with a part of a value. */
export interface Problem {
  /** The keys and positions that lead to the part. */
  readonly path: readonly (string | number)[];
  readonly sentence: string;
}

/** Everything that is wrong with the value, with the places. A wrong key is part of its path. */
export function problemsWith(handle: SchemaHandle<unknown>, value: unknown): Problem[] {
  const validate = compiled(handle);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const below = error.instancePath.split('/').slice(1).map(unescaped);
    const own = error.keyword === 'additionalProperties' ? [String(error.params.additionalProperty)] : [];
    return { path: [...below, ...own], sentence: sentence(error, below.length === 0 ? 'the file' : shownPath(below)) };
  });
}

/** A path as it is written in code: `rules[0].when`. */
const shownPath = (path: readonly (string | number)[]): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('');

const unescaped = (step: string): string | number =>
  /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');

export function fits<T>(handle: SchemaHandle<T>, value: unknown): value is T {
  return compiled(handle)(value) === true;
}

const validators = new Map<string, ValidateFunction>();

function compiled({ ref }: SchemaHandle<unknown>): ValidateFunction {
  const known = validators.get(ref);
  if (known !== undefined) return known;
  fileOf(ref.split('#')[0] ?? '');
  const validate = ajv.getSchema(ref);
  if (validate === undefined) throw new TypeError(`there is no schema ${ref}`);
  validators.set(ref, validate);
  return validate;
}
