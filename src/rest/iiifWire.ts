import { isObject } from './words.ts';

/**
 * A body as the University of Toronto's IIIF API writes it: at every depth without what is false, empty or nothing, and
 * with its keys in order.
 */
export function iiifJson(body: unknown): string {
  return JSON.stringify(kept(body) ?? {});
}

function kept(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kept).filter((item) => item !== undefined);
  if (!isObject(value)) return value === null || value === false || value === 0 || value === '' ? undefined : value;
  const fields = Object.entries(value)
    .map(([key, inner]) => [key, kept(inner)] as const)
    .filter(([, inner]) => !isEmpty(inner))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
