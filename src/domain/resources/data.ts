import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Resource } from './resource.ts';
import { type ResourceType, rulesOf } from './types.ts';

const MAX_BYTES = 1_000_000;
/** Longer captions are cut, since a list shows a thousand of them. */
const MAX_CAPTION_BYTES = 4_000;
const MAX_CAPTION_CHARACTERS = 1_000;

/** The fields that depend on `data`, and change with it. */
type DataFields = Pick<Resource, 'data' | 'caption'>;

export const dataFields = ['data', 'caption'] as const;

/**
 * The fields for a resource's data, which is any JSON; none for null or undefined.
 *
 * @throws invalid_params when it is too large
 */
export function dataFieldsOf(type: ResourceType, data: unknown): DataFields {
  if (data === undefined || data === null) return {};
  const text = JSON.stringify(data);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw refuse('invalid_params', `data takes ${bytes} bytes, more than ${MAX_BYTES}`);
  const caption = captionIn(type, data);
  return { data: text, ...defined({ caption }) };
}

/** Whether the data says that its resource is not shown below its parents. */
export const isHidden = (data: unknown): boolean =>
  data !== null && typeof data === 'object' && 'hidden' in data && data.hidden === true;

/** The part of the data that lists show, as JSON text. */
function captionIn(type: ResourceType, data: unknown): string | undefined {
  const { caption: key } = rulesOf(type);
  if (key === undefined || data === null || typeof data !== 'object' || !Object.hasOwn(data, key)) return undefined;
  const value: unknown = (data as Readonly<Record<string, unknown>>)[key];
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MAX_CAPTION_BYTES) return text;
  const [start = ''] = textsIn(value);
  return JSON.stringify([...start].slice(0, MAX_CAPTION_CHARACTERS).join(''));
}

/** The strings in a value, in order. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) yield* textsIn(inner);
}
