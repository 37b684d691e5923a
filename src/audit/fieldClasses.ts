import type { JsonSchema } from '../base/schemas/validator.ts';
import { valueHmac } from '../store/changes.ts';

/**
 * What a schema says with `x-class` about who may see a field. `secret`: proves an identity, such as a password or a token.
 * `sensitive`: personal data, such as an e-mail address. `content`: what users store, such as the data of an object.
 */
type FieldClass = 'secret' | 'sensitive' | 'content';

/**
 * The parameters of a command or method as they may be stored or shown to others: in audit records, in requests for approval,
 * in whatever else outlives the call. Values of fields with the class `secret` or `sensitive` are replaced by `hmac:<hex>`, so
 * that equal values can be recognised, and `content` by its size and HMAC. There is no way back: a call that must be carried
 * out later and {@link hasClassified} has to be sent again by its caller, and is the same call if this function returns the same.
 *
 * @param key the audit key
 * @param schema the schema of the parameters, with references resolved (`schemaOf`)
 * @param params validated parameters; in others, secrets may stand in the wrong place
 */
export function storableParams(key: Buffer, schema: JsonSchema, params: unknown): unknown {
  if (!namesClasses(schema)) return params;
  switch (classOf(schema)) {
    case 'secret':
    case 'sensitive':
      return params === undefined ? undefined : valueHmac(key, params);
    case 'content':
      return params === undefined ? undefined : { bytes: sizeOf(params), hmac: valueHmac(key, params) };
  }
  const combined = combinationsOf(schema).reduce((value, inner) => storableParams(key, inner, value), params);
  if (Array.isArray(combined)) {
    const { items } = schema;
    return isSchema(items) ? combined.map((p) => storableParams(key, items, p)) : combined;
  }
  if (combined === null || typeof combined !== 'object' || Object.getPrototypeOf(combined) !== Object.prototype) {
    return combined;
  }
  return Object.fromEntries(
    Object.entries(combined).map(([name, value]) => {
      const inner = schemaOfKey(schema, name);
      return [name, inner === undefined ? value : storableParams(key, inner, value)];
    }),
  );
}

/** Whether a value of this schema has anything that {@link storableParams} would replace. */
export function hasClassified(schema: JsonSchema, value: unknown): boolean {
  if (value === undefined || !namesClasses(schema)) return false;
  if (classOf(schema) !== undefined) return true;
  if (combinationsOf(schema).some((inner) => hasClassified(inner, value))) return true;
  if (Array.isArray(value)) {
    const { items } = schema;
    return isSchema(items) && value.some((item) => hasClassified(items, item));
  }
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([name, field]) => {
    const inner = schemaOfKey(schema, name);
    return inner !== undefined && hasClassified(inner, field);
  });
}

/** The HMACs of the secret and sensitive values among parameters, once each; of `content` there are none. */
export function hmacsIn(schema: JsonSchema, storable: unknown, found: Set<string> = new Set()): Set<string> {
  if (!namesClasses(schema)) return found;
  const own = classOf(schema);
  if (own !== undefined) {
    if (own !== 'content' && typeof storable === 'string') found.add(storable);
    return found;
  }
  for (const inner of combinationsOf(schema)) hmacsIn(inner, storable, found);
  if (Array.isArray(storable)) {
    const { items } = schema;
    if (isSchema(items)) for (const item of storable) hmacsIn(items, item, found);
  } else if (storable !== null && typeof storable === 'object') {
    for (const [name, field] of Object.entries(storable)) {
      const inner = schemaOfKey(schema, name);
      if (inner !== undefined) hmacsIn(inner, field, found);
    }
  }
  return found;
}

const known = new WeakMap<JsonSchema, boolean>();

/** Whether the schema gives a class to any field. Most schemas do not, so that values need not be searched. */
function namesClasses(schema: JsonSchema): boolean {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const names = JSON.stringify(schema).includes('"x-class":');
  known.set(schema, names);
  return names;
}

function classOf(schema: JsonSchema): FieldClass | undefined {
  return schema['x-class'] as FieldClass | undefined;
}

function combinationsOf({ allOf, anyOf, oneOf }: JsonSchema): JsonSchema[] {
  return [allOf, anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list.filter(isSchema) : []));
}

function schemaOfKey({ properties, additionalProperties }: JsonSchema, name: string): JsonSchema | undefined {
  const inner = isSchema(properties) && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
  return isSchema(inner) ? inner : undefined;
}

const isSchema = (x: unknown): x is JsonSchema => x !== null && typeof x === 'object' && !Array.isArray(x);

/** The size in bytes of content that a caller sent, which is either JSON text or a value. */
function sizeOf(content: unknown): number {
  // Parsed JSON never has a function as a field.
  const isText = content !== null && typeof content === 'object' && 'toJSON' in content && 'bytes' in content;
  if (isText && typeof content.toJSON === 'function') return lengthOf(content.bytes);
  return Buffer.byteLength(JSON.stringify(content));
}

function lengthOf(bytes: unknown): number {
  const length = bytes !== null && typeof bytes === 'object' && 'length' in bytes ? bytes.length : undefined;
  if (typeof length !== 'number') throw new TypeError('content without a length');
  return length;
}
