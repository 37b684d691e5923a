const LONE_SURROGATE = /\p{Surrogate}/u;

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
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [wellFormed(key), stored(inner, `${place}.${key}`)]));
}

/** The driver treats an object with the key `_bsontype` as one of its own types. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !Object.hasOwn(value, '_bsontype');
}

/** The text after a conversion to UTF-8, which replaces lone surrogates. */
const wellFormed = (text: string) => (LONE_SURROGATE.test(text) ? Buffer.from(text).toString() : text);
