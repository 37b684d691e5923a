import { refuse } from '../errors.ts';
import type { Resource } from './resource.ts';

const MAX_BYTES = 1_000_000;

/**
 * The field for what else a system keeps of a resource, any JSON; absent where there is nothing.
 *
 * @throws invalid_params when it is too much
 */
export function dataField(data: unknown): Pick<Resource, 'data'> {
  if (data === undefined || data === null) return {};
  const text = JSON.stringify(data);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw refuse('invalid_params', `data takes ${bytes} bytes, more than ${MAX_BYTES}`);
  return { data: text };
}
