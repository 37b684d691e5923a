import { Ajv } from 'ajv';
import { LRUCache } from 'lru-cache';
import { refuse } from '../../base/errors.ts';

type Schema = Readonly<Record<string, unknown>>;

/** KBase's own keywords, which say nothing of what is valid. */
const KBASE_KEYWORDS = ['original-type', 'id-reference', 'searchable-ws-subset', 'metadata-ws'];

/** The MD5s of schemas that compiled: most are seen again, after a dry run or a conflict. */
const compiled = new LRUCache<string, true>({ max: 10_000 });

/**
 * Holds a JSON Schema that a type was compiled to against a validator that knows nothing of types.
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
      `the type ${name} makes no JSON Schema: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

/** A validator of a type's JSON Schema: of structure alone, without what KBase allows beside it, such as null. */
export function validatorOf(schema: string): (data: unknown) => boolean {
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    ownProperties: true,
    addUsedSchema: false,
    // Its time to compile then rises with the size of a schema, not faster.
    code: { optimize: false },
    allErrors: true,
    // Compiling finds whatever the schema of schemas would.
    validateSchema: false,
  });
  ajv.addVocabulary(KBASE_KEYWORDS);
  const validate = ajv.compile(newer(JSON.parse(schema)));
  return (data) => validate(data) === true;
}

/** Draft 4, which KBase writes, in the words of draft 7: without `id`, and with numbers for exclusive bounds. */
function newer({ id: _, minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...others }: Schema): Schema {
  const { properties, items, additionalProperties } = others;
  return {
    ...others,
    ...bound('inimum', minimum, exclusiveMinimum),
    ...bound('aximum', maximum, exclusiveMaximum),
    ...(properties === undefined ? {} : { properties: mapValues(properties as Record<string, Schema>) }),
    ...(items === undefined ? {} : { items: Array.isArray(items) ? items.map(newer) : newer(items as Schema) }),
    ...(isSchema(additionalProperties) ? { additionalProperties: newer(additionalProperties) } : {}),
  };
}

function bound(word: 'inimum' | 'aximum', value: unknown, exclusive: unknown): Schema {
  if (value === undefined) return {};
  return exclusive === true ? { [`exclusiveM${word}`]: value } : { [`m${word}`]: value };
}

const mapValues = (properties: Readonly<Record<string, Schema>>) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, newer(schema)]));

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
