import { refuse } from '../../base/errors.ts';
import type { Resource } from './resource.ts';
import { type ResourceType, rulesOf } from './types.ts';

const MAX_BYTES = 1_000_000;
/** A longer caption is cut: a list shows a thousand of them. */
const MAX_CAPTION_BYTES = 4_000;
const MAX_CAPTION_CHARACTERS = 1_000;

/** The fields that follow from what a system keeps of a resource; all of them change together. */
type DataFields = Pick<Resource, 'data' | 'caption'>;

export const dataFields = ['data', 'caption'] as const;

/**
 * The fields for what else a system keeps of a resource, any JSON; none where there is nothing.
 *
 * @throws invalid_params when it is too much
 */
export function dataFieldsOf(type: ResourceType, data: unknown): DataFields {
  if (data === undefined || data === null) return {};
  const text = JSON.stringify(data);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw refuse('invalid_params', `data takes ${bytes} bytes, more than ${MAX_BYTES}`);
  const caption = captionIn(type, data);
  return { data: text, ...(caption === undefined ? {} : { caption }) };
}

/** Whether the data says that it is not shown in what it hangs below. */
export const isHidden = (data: unknown): boolean =>
  data !== null && typeof data === 'object' && 'hidden' in data && data.hidden === true;

/** What lists show of it, as JSON text. */
function captionIn(type: ResourceType, data: unknown): string | undefined {
  const { caption: key } = rulesOf(type);
  if (key === undefined || data === null || typeof data !== 'object' || !Object.hasOwn(data, key)) return undefined;
  const value: unknown = (data as Readonly<Record<string, unknown>>)[key];
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= MAX_CAPTION_BYTES) return text;
  const [start = ''] = textsIn(value);
  return JSON.stringify([...start].slice(0, MAX_CAPTION_CHARACTERS).join(''));
}

/** The texts in a value, in their order. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) yield* textsIn(inner);
}
