/** Keys of records repeat, so their JSON is kept. Keys that callers choose may fill the map, but not more than that. */
const KEY_TEXTS = new Map<string, string>();
const [MAX_KEYS, MAX_KEY_LENGTH] = [1_024, 64];
/** The length of `2026-01-31T00:00:00.000Z`; years before 0 or after 9999 take more. */
const ISO_LENGTH = 24;
/** Up to here, an insertion sort is faster than the runtime's. */
const FEW = 32;

/**
 * The canonical JSON (RFC 8785) of a document as the store reads it. Documents that differ have different texts: what JSON
 * cannot hold is an object with a key that begins with `$`, and keys that begin with `$` themselves get another one.
 *
 * @throws TypeError for values that no audit record has
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return number(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return integer(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return list(value);
      if (value instanceof Date) return date(value);
      if (isPlain(value)) return object(value);
      return ofBson(value);
  }
  throw new TypeError(`the log has no form for a value of the type ${typeof value}`);
}

function object(fields: Readonly<Record<string, unknown>>): string {
  let text = '{';
  for (const key of sortedKeys(fields)) {
    const value = fields[key];
    // As JSON.stringify and the database do.
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += keyText(key) + canonicalJson(value);
  }
  return `${text}}`;
}

function list(items: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i += 1) {
    if (i > 0) text += ',';
    text += canonicalJson(items[i]);
  }
  return `${text}]`;
}

function number(value: number): string {
  const isJson = Number.isFinite(value) && !Object.is(value, -0);
  return isJson ? String(value) : `{"$number":"${Object.is(value, -0) ? '-0' : value}"}`;
}

/** The store reads integers that a double holds as numbers, however they are stored. */
function integer(value: bigint): string {
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? String(value) : `{"$number":"${value}"}`;
}

function date(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new TypeError('the log has no form for an invalid date');
  const iso = value.toISOString();
  return iso.length === ISO_LENGTH ? `{"$date":"${iso}"}` : `{"$date":{"$numberLong":"${value.getTime()}"}}`;
}

/** The driver's classes are known by a name on their prototype. The driver itself is not imported. */
interface BsonValue {
  readonly _bsontype?: unknown;
  readonly buffer?: unknown;
  readonly position?: number;
  readonly sub_type?: number;
}

function ofBson(value: object): string {
  const { _bsontype: type, buffer, position, sub_type } = value as BsonValue;
  if (type === 'Long') return integer(BigInt(String(value)));
  if (type === 'Decimal128') return `{"$decimal":${quoted(String(value))}}`;
  if (type === 'Binary' && buffer instanceof Uint8Array) {
    return `{"$binary":"${Buffer.from(buffer.subarray(0, position)).toString('base64')}","subType":${sub_type}}`;
  }
  throw new TypeError(`the log has no form for a value of the class ${type ?? value.constructor?.name}`);
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function quoted(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('the log has no form for half a character');
  return JSON.stringify(text);
}

function keyText(key: string): string {
  const known = KEY_TEXTS.get(key);
  if (known !== undefined) return known;
  const text = `${quoted(key.startsWith('$') ? `$${key}` : key)}:`;
  if (KEY_TEXTS.size < MAX_KEYS && key.length <= MAX_KEY_LENGTH) KEY_TEXTS.set(key, text);
  return text;
}

/** By UTF-16 code units, as RFC 8785 wants. Another `$` at the beginning does not change the order. */
function sortedKeys(fields: object): string[] {
  const keys = Object.keys(fields);
  if (keys.length > FEW) return keys.sort();
  for (let i = 1; i < keys.length; i += 1) {
    const key = keys[i] as string;
    let place = i;
    for (; place > 0 && (keys[place - 1] as string) > key; place -= 1) keys[place] = keys[place - 1] as string;
    keys[place] = key;
  }
  return keys;
}
