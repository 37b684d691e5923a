/** JSON as KBase prints it: its keys in the order given, whatever they are called. */
export type Printable = string | { readonly literal: string } | readonly Printable[] | ReadonlyMap<string, Printable>;

/** A number or a boolean, as it is to be printed. */
export const literal = (value: number | boolean | string): Printable => ({ literal: String(value) });

/** The JSON text with Jackson's default indentation, which clients have stored and compare: `"key" : [ "a", "b" ]`. */
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

/** The same without any space. */
export function compactJson(value: Printable): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Map) {
    return `{${[...value].map(([key, inner]) => `${quoted(key)}:${compactJson(inner)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(compactJson).join(',')}]`;
  return (value as { readonly literal: string }).literal;
}

/** Jackson writes the digits of an escape in capitals. */
const quoted = (text: string) =>
  JSON.stringify(text).replace(/\\(?:u([0-9a-f]{4})|.)/g, (found, digits: string | undefined) =>
    digits === undefined ? found : `\\u${digits.toUpperCase()}`,
  );
