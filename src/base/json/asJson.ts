/** The value as a reader of its JSON text has it, such as times as text. */
export function asJson(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => asJson(item) ?? null);
  if ('toJSON' in value && typeof value.toJSON === 'function') return asJson(value.toJSON());
  const items = Object.entries(value).map(([key, item]): [string, unknown] => [key, asJson(item)]);
  return Object.fromEntries(items.filter(([, item]) => item !== undefined));
}
