/** JSON with its keys in the given order, which a JavaScript object does not keep for numeric keys. */
export type Printable = string | { readonly literal: string } | readonly Printable[] | ReadonlyMap<string, Printable>;

/** A number or a boolean as text. */
export const literal = (value: number | boolean | string): Printable => ({ literal: String(value) });

/** JSON text with Jackson's default indentation, `"key" : [ "a", "b" ]`, which clients have stored and compare. */
export function prettyJson(value: Printable, indentation = 0): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Map) {
    if (value.size === 0) return '{ }';
    const margin = '  '.repeat(indentation);
    const entries = [...value].map(
      ([key, inner]) => `${margin}  ${quoted(key)} : ${prettyJson(inner, indentation + 1)}`,
    );
    return `{\n${entries.join(',\n')}\n${margin}}`;
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map((item) => prettyJson(item, indentation)).join(', ')} ]`;
  }
  return (value as { readonly literal: string }).literal;
}

/** The same without white space. */
export function compactJson(value: Printable): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Map) {
    return `{${[...value].map(([key, inner]) => `${quoted(key)}:${compactJson(inner)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(compactJson).join(',')}]`;
  return (value as { readonly literal: string }).literal;
}

/** Jackson writes escapes with upper-case digits. */
const quoted = (text: string) =>
  JSON.stringify(text).replace(/\\(?:u([0-9a-f]{4})|.)/g, (found, digits: string | undefined) =>
    digits === undefined ? found : `\\u${digits.toUpperCase()}`,
  );
