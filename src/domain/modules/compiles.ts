import { Ajv } from 'ajv';
import { LRUCache } from 'lru-cache';
import { refuse } from '../../base/errors.ts';

type Schema = Readonly<Record<string, unknown>>;

/** KBase's own keywords, which do not affect validation. */
const KBASE_KEYWORDS = ['original-type', 'id-reference', 'searchable-ws-subset', 'metadata-ws'];

/** The MD5s of schemas that compiled. Most come again, after a dry run or a conflict. */
const compiled = new LRUCache<string, true>({ max: 10_000 });

/**
 * Checks that the JSON Schema of a type is valid by compiling it.
 *
 * @throws spec_invalid
 */
export function assertCompiles(name: string, schema: string, md5: string): void {
  if (compiled.has(md5)) return;
  try {
    validatorOf(schema);
    compiled.set(md5, true);
  } catch (error) {
    throw refuse(
      'spec_invalid',
      `the type ${name} has no valid JSON Schema: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

/** A validator for the JSON Schema of a type. KBase also allows data that it refuses, such as null. */
export function validatorOf(schema: string): (data: unknown) => boolean {
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    ownProperties: true,
    addUsedSchema: false,
    // Without it, the time to compile is proportional to the size of the schema.
    code: { optimize: false },
    allErrors: true,
    // Compiling finds everything that the meta-schema would.
    validateSchema: false,
  });
  ajv.addVocabulary(KBASE_KEYWORDS);
  const validate = ajv.compile(toDraft7(JSON.parse(schema)));
  return (data) => validate(data) === true;
}

/** Converts draft 4, which KBase writes, to draft 7: without `id`, and with numbers as exclusive bounds. */
function toDraft7({ id: _, minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...others }: Schema): Schema {
  const { properties, items, additionalProperties } = others;
  return {
    ...others,
    ...bound('inimum', minimum, exclusiveMinimum),
    ...bound('aximum', maximum, exclusiveMaximum),
    ...(properties === undefined ? {} : { properties: mapValues(properties as Record<string, Schema>) }),
    ...(items === undefined ? {} : { items: Array.isArray(items) ? items.map(toDraft7) : toDraft7(items as Schema) }),
    ...(isSchema(additionalProperties) ? { additionalProperties: toDraft7(additionalProperties) } : {}),
  };
}

function bound(word: 'inimum' | 'aximum', value: unknown, exclusive: unknown): Schema {
  if (value === undefined) return {};
  return exclusive === true ? { [`exclusiveM${word}`]: value } : { [`m${word}`]: value };
}

const mapValues = (properties: Readonly<Record<string, Schema>>) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, toDraft7(schema)]));

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
