/**
 * The value as the database will return it, so that hashes made before storing stay valid: undefined fields are left out, and
 * lone surrogates become the replacement character.
 *
 * @param place the path of the value, for the error message
 * @throws TypeError for values that BSON and JSON do not both support, such as a Buffer
 */
export function asStored<T>(value: T, place = 'record'): T {
  return stored(value, place) as T;
}

function stored(value: unknown, place: string): unknown {
  switch (typeof value) {
    case 'string':
      return wellFormed(value);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      if (value === null || (value instanceof Date && !Number.isNaN(value.getTime()))) return value;
      if (Array.isArray(value)) return value.map((item, i) => stored(item ?? null, `${place}[${i}]`));
      if (isPlain(value)) return fieldsOf(value, place);
  }
  throw new TypeError(`${place} cannot be stored in an audit record`);
}

function fieldsOf(value: object, place: string): object {
  const fields: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    // Assigned, this key would set the prototype.
    if (key === '__proto__') Object.defineProperty(fields, key, { ...FIELD, value: stored(inner, `${place}.${key}`) });
    else fields[wellFormed(key)] = isSimple(inner) ? inner : stored(inner, `${place}.${key}`);
  }
  return fields;
}

const FIELD = { enumerable: true, configurable: true, writable: true } as const;

const isSimple = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';

/** The driver treats an object with the key `_bsontype` as one of its own types. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !Object.hasOwn(value, '_bsontype');
}

/** The text after a conversion to UTF-8, which replaces lone surrogates. */
const wellFormed = (text: string) => text.toWellFormed();
