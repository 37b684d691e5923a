const HALF_CHARACTER = /\p{Surrogate}/u;

/**
 * The value as it comes back from the database, so that what is hashed before it is stored has the same hash afterwards:
 * fields without a value are left out, and half characters become the replacement character.
 *
 * @param place where the value stands, for the error
 * @throws TypeError for what BSON and JSON do not both hold, such as a Buffer
 */
export function asStored<T>(value: T, place = 'record'): T {
  return stored(value, place) as T;
}

function stored(value: unknown, place: string): unknown {
  switch (typeof value) {
    case 'string':
      return whole(value);
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
  return Object.fromEntries(fields.map(([key, inner]) => [whole(key), stored(inner, `${place}.${key}`)]));
}

/** The driver takes an object with the key `_bsontype` for one of its own types. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !Object.hasOwn(value, '_bsontype');
}

/** As UTF-8 has it. */
const whole = (text: string) => (HALF_CHARACTER.test(text) ? Buffer.from(text).toString() : text);
